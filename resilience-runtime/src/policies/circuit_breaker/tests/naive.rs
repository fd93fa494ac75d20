//! The specification of a breaker, written down without a thought for cost: it keeps the whole history and looks at all of
//! it, every time.

use std::time::Duration;

use super::super::config::Config;
use super::super::reason::{Effect, Transition};
use crate::core::clock::Instant;
use crate::core::opening::{OpenReason, Rule};
use crate::core::outcome::Verdict;
use crate::core::state::CircuitState;
use crate::core::window::Window;

#[derive(Debug, Clone, Copy)]
pub(super) struct Done {
    at: u64,
    pub(super) failed: bool,
    slow: bool,
    /// Given up by its caller: neither success nor failure.
    cancelled: bool,
    took: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Call {
    generation: usize,
    pub(super) started: u64,
    probe: bool,
    id: usize,
}

pub(super) struct Model {
    config: Config,
    /// When its time begins, in nanoseconds: the slots of a window lie on the clock.
    origin: u64,
    pub(super) state: CircuitState,
    since: u64,
    open_for: u64,
    /// How long by the rules, and how often in a row.
    recovery: u64,
    streak: u32,
    /// Whether a dry run has said that it would open.
    would_open: bool,
    /// Everything that somebody is told.
    pub(super) told: Vec<Effect>,
    /// Per generation, everything that was recorded in it.
    generations: Vec<Vec<Done>>,
    /// Probes that hold a place.
    places: Vec<Call>,
    probe_successes: u32,
    probe_failures: u32,
    calls: usize,
}

pub(super) const fn millis(duration: Duration) -> u64 {
    duration.as_millis() as u64
}

impl Model {
    pub(super) fn new(config: Config, origin: Instant) -> Self {
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

    pub(super) fn force(&mut self, state: CircuitState, now: u64) {
        self.open_for = millis(self.config.recovery_timeout);
        self.recovery = self.open_for;
        self.streak = 0;
        self.enter(state, now, OpenReason::plain(Rule::Manual));
    }

    pub(super) fn open(&mut self, length: Option<u64>, now: u64) {
        self.force(CircuitState::Open, now);
        self.open_for = length.unwrap_or(self.open_for);
        self.streak = 1;
    }

    /// Reading changes nothing.
    pub(super) fn look(&self, now: u64) -> CircuitState {
        let is_over = self.state == CircuitState::Open && now - self.since >= self.open_for;
        if is_over { CircuitState::HalfOpen } else { self.state }
    }

    /// A call, or how long it is told to wait.
    pub(super) fn start(&mut self, now: u64) -> Result<Call, Option<u64>> {
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

    pub(super) fn finish(&mut self, now: u64, call: Call, verdict: Verdict, took: u64) {
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
            self.enter(CircuitState::Open, now, OpenReason::probes(self.probe_failures, needed, threshold));
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

    pub(super) fn give_up(&mut self, now: u64, call: Call, took: u64) {
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

    pub(super) fn window(&self, now: u64) -> Vec<Done> {
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
        let broken = |rule, observed, threshold| Some(OpenReason::compared(rule, observed, threshold));
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
