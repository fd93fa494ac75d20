//! The breaker against a naive model that keeps the whole history and looks at all of it, every time.

use std::time::Duration;

use proptest::prelude::*;

use super::super::builder::CircuitBreakerBuilder;
use super::super::config::Config;
use super::super::machine::{Admission, Machine, Ticket};
use super::super::reason::{Effect, Transition};
#[cfg(feature = "test-util")]
use super::super::{CircuitBreaker, Permit};
use crate::clock::Instant;
use crate::opening::{OpenReason, Rule};
use crate::outcome::Verdict;
use crate::state::CircuitState;
use crate::window::Window;

/// One step of a script. Times are in milliseconds; `Finish` and `Drop` pick among the calls under way.
#[derive(Debug, Clone)]
enum Op {
    Start,
    Finish { pick: usize, verdict: Verdict, took: u64 },
    Drop { pick: usize, took: u64 },
    Pass { millis: u64 },
    Force(CircuitState),
    Open { millis: Option<u64> },
}

#[derive(Debug, Clone, Copy)]
struct Done {
    at: u64,
    failed: bool,
    slow: bool,
    /// Given up by its caller: neither success nor failure.
    cancelled: bool,
    took: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Call {
    generation: usize,
    started: u64,
    probe: bool,
    id: usize,
}

/// The specification, written down without a thought for cost.
struct Model {
    config: Config,
    /// When its time begins, in nanoseconds: the slots of a window lie on the clock.
    origin: u64,
    state: CircuitState,
    since: u64,
    open_for: u64,
    /// How long by the rules, and how often in a row.
    recovery: u64,
    streak: u32,
    /// Whether a dry run has said that it would open.
    would_open: bool,
    /// Everything that somebody is told.
    told: Vec<Effect>,
    /// Per generation, everything that was recorded in it.
    generations: Vec<Vec<Done>>,
    /// Probes that hold a place.
    places: Vec<Call>,
    probe_successes: u32,
    probe_failures: u32,
    calls: usize,
}

const fn millis(duration: Duration) -> u64 {
    duration.as_millis() as u64
}

impl Model {
    fn new(config: Config, origin: Instant) -> Self {
        let open_for = millis(config.recovery_timeout);
        Self {
            config,
            origin: origin.as_nanos(),
            state: CircuitState::Closed,
            since: 0,
            open_for,
            recovery: open_for,
            streak: 0,
            would_open: false,
            told: Vec::new(),
            generations: vec![Vec::new()],
            places: Vec::new(),
            probe_successes: 0,
            probe_failures: 0,
            calls: 0,
        }
    }

    fn enter(&mut self, state: CircuitState, now: u64, reason: OpenReason) {
        if state != self.state {
            self.told.push(Effect::Changed(Transition { from: self.state, to: state, reason }));
        }
        self.state = state;
        self.would_open = false;
        self.since = now;
        self.generations.push(Vec::new());
        self.places.clear();
        self.probe_successes = 0;
        self.probe_failures = 0;
    }

    fn force(&mut self, state: CircuitState, now: u64) {
        self.open_for = millis(self.config.recovery_timeout);
        self.recovery = self.open_for;
        self.streak = 0;
        self.enter(state, now, OpenReason::plain(Rule::Manual));
    }

    fn open(&mut self, length: Option<u64>, now: u64) {
        self.force(CircuitState::Open, now);
        self.open_for = length.unwrap_or(self.open_for);
        self.streak = 1;
    }

    /// Reading changes nothing.
    fn look(&self, now: u64) -> CircuitState {
        let is_over = self.state == CircuitState::Open && now - self.since >= self.open_for;
        if is_over { CircuitState::HalfOpen } else { self.state }
    }

    /// A call, or how long it is told to wait.
    fn start(&mut self, now: u64) -> Result<Call, Option<u64>> {
        self.calls += 1;
        let generation = |model: &Self| model.generations.len();
        if self.look(now) != self.state {
            self.enter(CircuitState::HalfOpen, now, OpenReason::plain(Rule::RecoveryTimeout));
        }
        match self.state {
            CircuitState::Open => Err(Some(self.open_for - (now - self.since))),
            CircuitState::ForcedOpen => Err(None),
            CircuitState::HalfOpen => {
                let patience = millis(self.config.recovery_timeout);
                self.places.retain(|probe| now - probe.started < patience);
                let call = Call { generation: generation(self), started: now, probe: true, id: self.calls };
                if self.places.len() < self.config.half_open_max_calls as usize {
                    self.places.push(call);
                    return Ok(call);
                }
                let oldest = self.places.iter().map(|probe| probe.started).min();
                Err(oldest.map(|oldest| patience - (now - oldest)))
            }
            _ => Ok(Call { generation: generation(self), started: now, probe: false, id: self.calls }),
        }
    }

    fn finish(&mut self, now: u64, call: Call, verdict: Verdict, took: u64) {
        if call.generation != self.generations.len() {
            return;
        }
        let slow = self.is_slow(took);
        if call.probe {
            self.places.retain(|probe| *probe != call);
            if verdict != Verdict::Ignored {
                let late = self.config.max_average_latency.is_some_and(|limit| took > millis(limit));
                if verdict == Verdict::Failure || slow || late {
                    self.probe_failures += 1;
                } else {
                    self.probe_successes += 1;
                }
                self.judge_probes(now);
            }
            return;
        }
        let recording = matches!(self.state, CircuitState::Closed | CircuitState::MetricsOnly);
        if !recording || verdict == Verdict::Ignored {
            return;
        }
        self.push(now, Done { at: now, failed: verdict == Verdict::Failure, slow, cancelled: false, took });
    }

    /// As great a share of failures among as many as are needed: it can never be less. All of them: it is enough.
    fn judge_probes(&mut self, now: u64) {
        let (needed, threshold) = (self.config.success_threshold, self.config.half_open_failure_rate);
        let observed = f64::from(self.probe_failures) / f64::from(needed);
        if self.probe_failures > 0 && observed >= threshold {
            self.streak += 1;
            self.recovery = match &self.config.recovery {
                Some(recovery) => millis(recovery.length(self.streak)),
                None => self.recovery * 2,
            };
            self.recovery = self.recovery.min(millis(self.config.max_recovery_timeout));
            self.open_for = self.recovery;
            self.enter(CircuitState::Open, now, OpenReason { rule: Rule::ProbeFailed, observed, threshold });
        } else if self.probe_failures + self.probe_successes == needed {
            self.open_for = millis(self.config.recovery_timeout);
            self.recovery = self.open_for;
            self.streak = 0;
            self.enter(CircuitState::Closed, now, OpenReason::plain(Rule::ProbesSucceeded));
        }
    }

    fn is_slow(&self, took: u64) -> bool {
        self.config.slow_call_duration.is_some_and(|limit| took >= millis(limit))
    }

    fn give_up(&mut self, now: u64, call: Call, took: u64) {
        self.places.retain(|probe| *probe != call);
        if call.generation != self.generations.len() || !self.is_slow(took) {
            return;
        }
        if call.probe {
            self.finish(now, call, Verdict::Failure, took);
        } else if matches!(self.state, CircuitState::Closed | CircuitState::MetricsOnly) {
            self.push(now, Done { at: now, failed: false, slow: true, cancelled: true, took });
        }
    }

    fn push(&mut self, now: u64, done: Done) {
        if (done.failed || self.is_long(done)) && self.broken(now).is_none() {
            self.would_open = false;
        }
        if let Some(history) = self.generations.last_mut() {
            history.push(done);
        }
        let Some(reason) = self.broken(now).filter(|_| self.is_judged(now, done)) else { return };
        if self.state == CircuitState::Closed {
            self.streak = 1;
            self.enter(CircuitState::Open, now, reason);
        } else if !self.would_open {
            self.would_open = true;
            self.told.push(Effect::WouldOpen(reason));
        }
    }

    fn is_long(&self, done: Done) -> bool {
        done.slow || self.config.max_average_latency.is_some_and(|limit| done.took > millis(limit))
    }

    fn history(&self) -> &[Done] {
        self.generations.last().map_or(&[], Vec::as_slice)
    }

    fn window(&self, now: u64) -> Vec<Done> {
        match self.config.window {
            Window::Calls(size) => self.history().iter().rev().take(size as usize).copied().collect(),
            Window::Time(length) => {
                // Exact to a tenth: the slots that the window covers.
                let slot = length.as_nanos() / 10;
                let index = |at: u64| (u128::from(self.origin) + u128::from(at) * 1_000_000) / slot;
                self.history().iter().filter(|done| index(done.at) + 10 > index(now)).copied().collect()
            }
        }
    }

    /// The rules are looked at when a call comes in that failed or took long, and when `minimum_calls` is completed.
    fn is_judged(&self, now: u64, done: Done) -> bool {
        let calls = match self.config.window {
            Window::Calls(_) => self.history().len(),
            Window::Time(_) => self.window(now).len(),
        };
        done.failed || self.is_long(done) || calls == self.config.minimum_calls as usize
    }

    fn broken(&self, now: u64) -> Option<OpenReason> {
        let failures = match self.config.failure_window {
            None => self.history().iter().rev().filter(|done| !done.cancelled).take_while(|done| done.failed).count(),
            Some(length) => self.history().iter().filter(|done| done.failed && now - done.at < millis(length)).count(),
        };
        if let Some(threshold) = self.config.failure_threshold.filter(|threshold| failures >= *threshold as usize) {
            let rule = if self.config.failure_window.is_some() { Rule::FailureWindow } else { Rule::Consecutive };
            return Some(OpenReason::counted(rule, failures as u32, threshold));
        }
        let window = self.window(now);
        let calls = window.len();
        if calls < self.config.minimum_calls as usize || calls == 0 {
            return None;
        }
        let share = |count: usize| count as f64 / calls as f64;
        let failed = window.iter().filter(|done| done.failed).count();
        let slow = window.iter().filter(|done| done.slow).count();
        let mean = window.iter().map(|done| done.took * 1_000_000).sum::<u64>() / calls as u64;
        let broken = |rule, observed, threshold| Some(OpenReason { rule, observed, threshold });
        if let Some(rate) = self.config.failure_rate.filter(|rate| failed > 0 && share(failed) >= *rate) {
            return broken(Rule::FailureRate, share(failed), rate);
        }
        let slow_rate = self.config.slow_call_rate;
        if self.config.slow_call_duration.is_some() && slow > 0 && share(slow) >= slow_rate {
            return broken(Rule::SlowRate, share(slow), slow_rate);
        }
        let mean = Duration::from_nanos(mean);
        let limit = self.config.max_average_latency.filter(|limit| mean > *limit)?;
        broken(Rule::MeanLatency, mean.as_secs_f64(), limit.as_secs_f64())
    }
}

const START: u64 = 86_400_000_000_000;

fn at(millis: u64) -> Instant {
    Instant::from_nanos(START + millis * 1_000_000)
}

fn verdicts() -> impl Strategy<Value = Verdict> {
    prop_oneof![4 => Just(Verdict::Failure), 5 => Just(Verdict::Success), 1 => Just(Verdict::Ignored)]
}

fn ops() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => Just(Op::Start),
        8 => (0..4_usize, verdicts(), 0..60_u64).prop_map(|(pick, verdict, took)| Op::Finish { pick, verdict, took }),
        2 => (0..4_usize, 0..60_u64).prop_map(|(pick, took)| Op::Drop { pick, took }),
        3 => prop_oneof![0..20_u64, 90..110_u64].prop_map(|millis| Op::Pass { millis }),
        1 => prop::sample::select(CircuitState::ALL.as_slice())
            .prop_filter("that is `Open`", |to| *to != CircuitState::Open)
            .prop_map(Op::Force),
        1 => prop::option::of(0..100_u64).prop_map(|millis| Op::Open { millis }),
    ]
}

fn configs() -> impl Strategy<Value = Config> {
    let maybe = |millis: std::ops::Range<u64>| prop::option::of(millis.prop_map(Duration::from_millis));
    let rules = (
        prop::option::of(1..4_u32),
        maybe(1..200),
        prop::option::of(prop::sample::select(&[0.0, 0.07, 0.25, 0.5, 1.0][..])),
        prop_oneof![
            (1..12_u32).prop_map(Window::Calls),
            (10..300_u64).prop_map(|m| Window::Time(Duration::from_millis(m)))
        ],
        1..6_u32,
        maybe(1..50),
        prop::option::of(prop::sample::select(&[0.25, 0.5, 1.0][..])),
        maybe(1..50),
    );
    let rates = prop::sample::select(&[0.0, 0.0, 0.25, 0.5, 1.0][..]);
    let recovery = (1..100_u64, 0..300_u64, 1..4_u32, 1..6_u32, rates, prop::bool::weighted(0.3));
    (rules, recovery).prop_map(|(rules, (recover, grow, probes, successes, probe_rate, is_function))| {
        let (threshold, failure_window, rate, window, minimum, slow, slow_rate, latency) = rules;
        let mut builder = CircuitBreakerBuilder::new("model".into())
            .window(window)
            .minimum_calls(minimum)
            .recovery_timeout(Duration::from_millis(recover))
            .max_recovery_timeout(Duration::from_millis(recover + grow))
            .half_open_max_calls(probes)
            .half_open_failure_rate(probe_rate)
            .success_threshold(successes);
        if is_function {
            // Above what `recovery_timeout` says, which it replaces, and not below the bound.
            builder = builder.recovery_timeout_fn(|openings| Duration::from_millis(7 * u64::from(openings)));
            builder = builder.max_recovery_timeout(Duration::from_millis(7 + grow));
        }
        builder = threshold.into_iter().fold(builder, CircuitBreakerBuilder::failure_threshold);
        builder = failure_window.into_iter().fold(builder, CircuitBreakerBuilder::failure_window);
        builder = rate.into_iter().fold(builder, CircuitBreakerBuilder::failure_rate);
        builder = slow.into_iter().fold(builder, CircuitBreakerBuilder::slow_call_duration);
        builder = slow_rate.into_iter().fold(builder, CircuitBreakerBuilder::slow_call_rate);
        builder = latency.into_iter().fold(builder, CircuitBreakerBuilder::max_average_latency);
        builder.checked().1
    })
}

fn take<T>(from: &mut Vec<T>, pick: usize) -> Option<T> {
    (!from.is_empty()).then(|| from.swap_remove(pick % from.len()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn the_machine_does_what_the_naive_model_does(
        config in configs(),
        script in prop::collection::vec(ops(), 1..120),
    ) {
        let mut now = 0;
        let mut machine = Machine::new(&config, at(now));
        let mut model = Model::new(config.clone(), at(0));
        let mut under_way: Vec<(Ticket, Call)> = Vec::new();
        let mut told: Vec<Effect> = Vec::new();
        for op in script {
            let effect = match op {
                Op::Start => {
                    let (admission, change) = machine.admit(&config, at(now), &[]);
                    match (admission, model.start(now)) {
                        (Admission::Pass(ticket), Ok(call)) => under_way.push((ticket, call)),
                        (Admission::Refuse { retry_after }, Err(wait)) => {
                            prop_assert_eq!(retry_after, wait.map(Duration::from_millis));
                        }
                        (real, naive) => prop_assert!(false, "machine {real:?}, model {naive:?}"),
                    }
                    change.map(Effect::Changed)
                }
                Op::Finish { pick, verdict, took } => {
                    take(&mut under_way, pick).and_then(|(ticket, call)| {
                        model.finish(now, call, verdict, took);
                        machine.record(&config, at(now), ticket, verdict, Some(Duration::from_millis(took)))
                    })
                }
                Op::Drop { pick, took } => {
                    take(&mut under_way, pick).and_then(|(ticket, call)| {
                        model.give_up(now, call, took);
                        machine.cancel(&config, at(now), ticket, Some(Duration::from_millis(took)))
                    })
                }
                Op::Pass { millis } => {
                    now += millis;
                    None
                }
                Op::Force(to) => {
                    model.force(to, now);
                    Some(Effect::Changed(machine.force(&config, to, at(now))))
                }
                Op::Open { millis } => {
                    model.open(millis, now);
                    let length = millis.map(Duration::from_millis);
                    Some(Effect::Changed(machine.force_open_for(&config, length, at(now))))
                }
            };
            told.extend(effect.filter(Effect::is_news));
            prop_assert_eq!(&told, &model.told);
            // As the breaker does, which asks the function outside of the lock.
            if let Some(recovery) = &config.recovery {
                machine.prepare(machine.streak(), recovery.length(machine.streak() + 1));
            }
            prop_assert_eq!(machine.state_at(at(now)), model.look(now));
            let view = machine.view(&config, at(now));
            if matches!(model.state, CircuitState::Closed | CircuitState::MetricsOnly) {
                let window = model.window(now);
                prop_assert_eq!(view.tally.calls, window.len() as u64);
                prop_assert_eq!(view.tally.failures, window.iter().filter(|done| done.failed).count() as u64);
            }
        }
    }

    /// The same through its doors, with permits that measure time themselves. Nobody looks between two steps unless the
    /// script says so: what was only counted must be taken in when it matters.
    #[cfg(feature = "test-util")]
    #[test]
    fn the_breaker_does_what_the_naive_model_does(
        config in configs(),
        script in prop::collection::vec((ops(), prop::bool::weighted(0.3)), 1..120),
    ) {
        let clock = crate::clock::manual();
        let start = crate::clock::now();
        let elapsed = || millis(crate::clock::now().since(start));
        let breaker = CircuitBreaker::new("model".into(), config.clone());
        let mut model = Model::new(config.clone(), start);
        let mut under_way: Vec<(Permit<'static>, Call)> = Vec::new();
        for (op, look) in script {
            match op {
                Op::Start => match (breaker.try_acquire_owned(), model.start(elapsed())) {
                    (Ok(permit), Ok(call)) => under_way.push((permit, call)),
                    (Err(refusal), Err(wait)) => {
                        prop_assert_eq!(refusal.retry_after(), wait.map(Duration::from_millis));
                    }
                    (real, naive) => prop_assert!(false, "breaker {real:?}, model {naive:?}"),
                },
                Op::Finish { pick, verdict, .. } => {
                    if let Some((permit, call)) = take(&mut under_way, pick) {
                        permit.report(verdict);
                        model.finish(elapsed(), call, verdict, elapsed() - call.started);
                    }
                }
                Op::Drop { pick, .. } => {
                    if let Some((permit, call)) = take(&mut under_way, pick) {
                        drop(permit);
                        model.give_up(elapsed(), call, elapsed() - call.started);
                    }
                }
                Op::Pass { millis } => clock.advance(Duration::from_millis(millis)),
                Op::Force(to) => {
                    breaker.force(to);
                    model.force(to, elapsed());
                }
                Op::Open { millis } => {
                    breaker.open_by_hand(millis.map(Duration::from_millis));
                    model.open(millis, elapsed());
                }
            }
            if look {
                prop_assert_eq!(breaker.state(), model.look(elapsed()));
                let tally = breaker.view().tally;
                if matches!(model.state, CircuitState::Closed | CircuitState::MetricsOnly) {
                    let window = model.window(elapsed());
                    prop_assert_eq!(tally.calls, window.len() as u64);
                    prop_assert_eq!(tally.failures, window.iter().filter(|done| done.failed).count() as u64);
                }
            }
        }
        prop_assert_eq!(breaker.state(), model.look(elapsed()));
    }
}
