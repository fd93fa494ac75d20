//! The breaker against a naive model that keeps the whole history and looks at all of it, every time.

use std::time::Duration;

use proptest::prelude::*;

use super::super::config::{CircuitBreakerBuilder, Config};
use super::super::machine::{Admission, Machine, Ticket};
#[cfg(feature = "test-util")]
use super::super::{CircuitBreaker, Permit};
use crate::clock::Instant;
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
    /// Per generation, everything that was recorded in it.
    generations: Vec<Vec<Done>>,
    /// Probes that hold a place.
    places: Vec<Call>,
    probe_successes: u32,
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
            generations: vec![Vec::new()],
            places: Vec::new(),
            probe_successes: 0,
            calls: 0,
        }
    }

    fn enter(&mut self, state: CircuitState, now: u64) {
        self.state = state;
        self.since = now;
        self.generations.push(Vec::new());
        self.places.clear();
        self.probe_successes = 0;
    }

    /// Reading changes nothing.
    fn look(&self, now: u64) -> CircuitState {
        let is_over = self.state == CircuitState::Open && now - self.since >= self.open_for;
        if is_over { CircuitState::HalfOpen } else { self.state }
    }

    fn start(&mut self, now: u64) -> Option<Call> {
        self.calls += 1;
        let generation = |model: &Self| model.generations.len();
        if self.look(now) != self.state {
            self.enter(CircuitState::HalfOpen, now);
        }
        match self.state {
            CircuitState::Open | CircuitState::ForcedOpen => None,
            CircuitState::HalfOpen => {
                let patience = millis(self.config.recovery_timeout);
                self.places.retain(|probe| now - probe.started < patience);
                let call = Call { generation: generation(self), started: now, probe: true, id: self.calls };
                (self.places.len() < self.config.half_open_max_calls as usize).then(|| {
                    self.places.push(call);
                    call
                })
            }
            _ => Some(Call { generation: generation(self), started: now, probe: false, id: self.calls }),
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
                    self.open_for = (self.open_for * 2).min(millis(self.config.max_recovery_timeout));
                    self.enter(CircuitState::Open, now);
                } else {
                    self.probe_successes += 1;
                    if self.probe_successes >= self.config.success_threshold {
                        self.open_for = millis(self.config.recovery_timeout);
                        self.enter(CircuitState::Closed, now);
                    }
                }
            }
            return;
        }
        let recording = matches!(self.state, CircuitState::Closed | CircuitState::MetricsOnly);
        if !recording || verdict == Verdict::Ignored {
            return;
        }
        self.push(now, Done { at: now, failed: verdict == Verdict::Failure, slow, cancelled: false, took });
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
        if let Some(history) = self.generations.last_mut() {
            history.push(done);
        }
        if self.state == CircuitState::Closed && self.is_judged(now, done) && self.must_open(now) {
            self.enter(CircuitState::Open, now);
        }
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
        let is_long = self.config.max_average_latency.is_some_and(|limit| done.took > millis(limit));
        done.failed || done.slow || is_long || calls == self.config.minimum_calls as usize
    }

    fn must_open(&self, now: u64) -> bool {
        let failures = match self.config.failure_window {
            None => self.history().iter().rev().filter(|done| !done.cancelled).take_while(|done| done.failed).count(),
            Some(length) => self.history().iter().filter(|done| done.failed && now - done.at < millis(length)).count(),
        };
        if self.config.failure_threshold.is_some_and(|threshold| failures >= threshold as usize) {
            return true;
        }
        let window = self.window(now);
        let calls = window.len();
        if calls < self.config.minimum_calls as usize || calls == 0 {
            return false;
        }
        let share = |count: usize| count as f64 / calls as f64;
        let failed = window.iter().filter(|done| done.failed).count();
        let slow = window.iter().filter(|done| done.slow).count();
        let mean = window.iter().map(|done| done.took * 1_000_000).sum::<u64>() / calls as u64;
        self.config.failure_rate.is_some_and(|rate| failed > 0 && share(failed) >= rate)
            || (self.config.slow_call_duration.is_some() && slow > 0 && share(slow) >= self.config.slow_call_rate)
            || self.config.max_average_latency.is_some_and(|limit| u128::from(mean) > limit.as_nanos())
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
            .prop_filter("only by itself", |to| !matches!(to, CircuitState::Open | CircuitState::HalfOpen))
            .prop_map(Op::Force),
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
    let recovery = (1..100_u64, 0..300_u64, 1..4_u32, 1..4_u32);
    (rules, recovery).prop_map(|(rules, (recover, grow, probes, successes))| {
        let (threshold, failure_window, rate, window, minimum, slow, slow_rate, latency) = rules;
        let mut builder = CircuitBreakerBuilder::new("model".into())
            .window(window)
            .minimum_calls(minimum)
            .recovery_timeout(Duration::from_millis(recover))
            .max_recovery_timeout(Duration::from_millis(recover + grow))
            .half_open_max_calls(probes)
            .success_threshold(successes);
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
        for op in script {
            match op {
                Op::Start => match (machine.admit(&config, at(now)).0, model.start(now)) {
                    (Admission::Pass(ticket), Some(call)) => under_way.push((ticket, call)),
                    (Admission::Refuse { .. }, None) => {}
                    (real, naive) => prop_assert!(false, "machine {real:?}, model {naive:?}"),
                },
                Op::Finish { pick, verdict, took } => {
                    if let Some((ticket, call)) = take(&mut under_way, pick) {
                        machine.record(&config, at(now), ticket, verdict, Some(Duration::from_millis(took)));
                        model.finish(now, call, verdict, took);
                    }
                }
                Op::Drop { pick, took } => {
                    if let Some((ticket, call)) = take(&mut under_way, pick) {
                        machine.cancel(&config, at(now), ticket, Some(Duration::from_millis(took)));
                        model.give_up(now, call, took);
                    }
                }
                Op::Pass { millis } => now += millis,
                Op::Force(to) => {
                    machine.force(&config, to, at(now));
                    model.open_for = millis(config.recovery_timeout);
                    model.enter(to, now);
                }
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
                    (Ok(permit), Some(call)) => under_way.push((permit, call)),
                    (Err(_), None) => {}
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
                    model.open_for = millis(config.recovery_timeout);
                    model.enter(to, elapsed());
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
