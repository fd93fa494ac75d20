//! The state machine, pure: it is told the time and what happened, and says what follows.
//!
//! ```text
//!            a rule trips                  recovery timeout passed
//!  closed ───────────────────▶ open ─────────────────────────────▶ half_open
//!    ▲                          ▲                                     │  │
//!    │                          └───────── a probe failed ────────────┘  │
//!    └──────────────────── enough probes succeeded ──────────────────────┘
//! ```
//! By hand, from any state: `forced_open`, `disabled`, `metrics_only`, and back to `closed`.

use std::collections::VecDeque;
use std::num::NonZeroU64;
use std::time::Duration;

use super::config::Config;
use crate::clock::Instant;
use crate::outcome::Verdict;
use crate::state::CircuitState;
use crate::window::{History, Sample, Successes, Tally, Window};

/// Why a breaker changed its state, as metrics write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Consecutive,
    FailureWindow,
    FailureRate,
    SlowRate,
    MeanLatency,
    RecoveryTimeout,
    ProbeFailed,
    ProbesSucceeded,
    Manual,
}

impl Reason {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Consecutive => "consecutive",
            Self::FailureWindow => "failure_window",
            Self::FailureRate => "failure_rate",
            Self::SlowRate => "slow_rate",
            Self::MeanLatency => "mean_latency",
            Self::RecoveryTimeout => "recovery_timeout",
            Self::ProbeFailed => "probe_failed",
            Self::ProbesSucceeded => "probes_succeeded",
            Self::Manual => "manual",
        }
    }
}

/// A change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Transition {
    pub(crate) from: CircuitState,
    pub(crate) to: CircuitState,
    pub(crate) reason: Reason,
}

/// Counts transitions. From 1, so that a ticket knows an empty place.
pub(crate) type Generation = NonZeroU64;

/// What a passed call carries back. A ticket of an earlier generation changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) generation: Generation,
    pub(crate) probe: Option<NonZeroU64>,
}

/// What a caller is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    Pass(Ticket),
    Refuse { retry_after: Option<Duration> },
}

#[derive(Debug)]
struct Probe {
    id: NonZeroU64,
    started: Instant,
}

#[derive(Debug)]
pub(crate) struct Machine {
    state: CircuitState,
    generation: Generation,
    since: Instant,
    seconds_in: [Duration; CircuitState::ALL.len()],
    /// How long the open state lasts, this time.
    open_for: Duration,
    consecutive: u32,
    recent_failures: VecDeque<Instant>,
    history: History,
    probes: Vec<Probe>,
    next_probe: NonZeroU64,
    successes: u32,
    /// What the window held when it opened the breaker: shown while it is open.
    tripped: Option<(u32, Tally)>,
    opened_at: Option<Instant>,
    last_failure: Option<Instant>,
}

impl Machine {
    pub(crate) fn new(config: &Config, now: Instant) -> Self {
        Self {
            state: CircuitState::Closed,
            generation: Generation::MIN,
            since: now,
            seconds_in: [Duration::ZERO; CircuitState::ALL.len()],
            open_for: config.recovery_timeout,
            consecutive: 0,
            recent_failures: VecDeque::new(),
            history: History::new(config.window),
            probes: Vec::new(),
            next_probe: NonZeroU64::MIN,
            successes: 0,
            tripped: None,
            opened_at: None,
            last_failure: None,
        }
    }

    pub(crate) const fn state(&self) -> CircuitState {
        self.state
    }

    pub(crate) const fn generation(&self) -> Generation {
        self.generation
    }

    /// Takes in successes that were only counted, each lot with about when.
    ///
    /// One that was counted while a failure was being judged may complete `minimum_calls`: neither has seen the other, so
    /// that the rate is looked at here.
    pub(crate) fn absorb(
        &mut self,
        config: &Config,
        now: Instant,
        counted: impl Iterator<Item = (Successes, Instant)>,
    ) -> Option<Transition> {
        let mut any = false;
        for (successes, at) in counted.filter(|(successes, _)| successes.calls > 0) {
            any = true;
            self.consecutive = 0;
            self.history.push_successes(at, successes);
        }
        if !any || self.state != CircuitState::Closed {
            return None;
        }
        let reason = self.broken_rule(config, now)?;
        Some(self.enter(config, CircuitState::Open, reason, now))
    }

    /// Whether a success can trip no rule, so that it need only be counted.
    ///
    /// It ends a run of failures and pushes the oldest call out of a window of calls. A rate that was looked at when the
    /// last failure came in cannot rise by that, unless this success is the one that completes `minimum_calls`. In a
    /// window of time, successes may have expired since.
    pub(crate) fn is_quiet(&mut self, config: &Config, now: Instant) -> bool {
        let records = matches!(self.state, CircuitState::Closed | CircuitState::MetricsOnly);
        records
            && !config.needs_latency()
            && (config.failure_rate.is_none() || {
                let tally = self.history.tally(now);
                let judged =
                    matches!(config.window, Window::Calls(_)) && tally.calls >= u64::from(config.minimum_calls);
                tally.failures == 0 || judged
            })
    }

    /// The slot of a window of time in which `now` lies.
    pub(crate) fn slot(&self, now: Instant) -> Option<(Instant, Instant)> {
        self.history.slot(now)
    }

    /// Whether it is in a state that only a hand enters and leaves.
    pub(crate) const fn is_by_hand(&self) -> bool {
        matches!(self.state, CircuitState::ForcedOpen | CircuitState::Disabled | CircuitState::MetricsOnly)
    }

    /// Until when an open breaker refuses.
    pub(crate) fn open_until(&self) -> Option<Instant> {
        (self.state == CircuitState::Open).then(|| self.since.saturating_add(self.open_for))
    }

    /// Lets time pass: an open breaker becomes half-open by itself, so that whoever looks sees the truth.
    pub(crate) fn tick(&mut self, config: &Config, now: Instant) -> Option<Transition> {
        (self.state == CircuitState::Open && now.since(self.since) >= self.open_for)
            .then(|| self.enter(config, CircuitState::HalfOpen, Reason::RecoveryTimeout, now))
    }

    /// A call asks to pass.
    pub(crate) fn admit(&mut self, config: &Config, now: Instant) -> (Admission, Option<Transition>) {
        let transition = self.tick(config, now);
        let admission = match self.state {
            CircuitState::Closed | CircuitState::Disabled | CircuitState::MetricsOnly => {
                Admission::Pass(Ticket { generation: self.generation, probe: None })
            }
            CircuitState::HalfOpen => self.admit_probe(config, now),
            CircuitState::Open | CircuitState::ForcedOpen => Admission::Refuse { retry_after: self.retry_after(now) },
        };
        (admission, transition)
    }

    fn admit_probe(&mut self, config: &Config, now: Instant) -> Admission {
        // A probe that never reports must not wedge the breaker.
        self.probes.retain(|probe| now.since(probe.started) < config.recovery_timeout);
        if self.probes.len() >= config.half_open_max_calls as usize {
            return Admission::Refuse { retry_after: None };
        }
        let id = self.next_probe;
        self.next_probe = id.saturating_add(1);
        self.probes.push(Probe { id, started: now });
        Admission::Pass(Ticket { generation: self.generation, probe: Some(id) })
    }

    /// A passed call is done.
    pub(crate) fn record(
        &mut self,
        config: &Config,
        now: Instant,
        ticket: Ticket,
        verdict: Verdict,
        latency: Option<Duration>,
    ) -> Option<Transition> {
        if ticket.generation != self.generation {
            return None;
        }
        let slow = config.is_slow(latency);
        let sample = Sample { failed: verdict == Verdict::Failure, slow, latency };
        match (self.state, verdict) {
            (CircuitState::HalfOpen, _) => self.record_probe(config, now, ticket.probe, verdict, sample),
            (_, Verdict::Ignored) => None,
            (CircuitState::Closed | CircuitState::MetricsOnly, _) => {
                self.remember(config, now, sample);
                let reason = self.broken_rule(config, now).filter(|_| self.state == CircuitState::Closed)?;
                Some(self.enter(config, CircuitState::Open, reason, now))
            }
            _ => None,
        }
    }

    fn record_probe(
        &mut self,
        config: &Config,
        now: Instant,
        probe: Option<NonZeroU64>,
        verdict: Verdict,
        sample: Sample,
    ) -> Option<Transition> {
        // A probe that lost its place by running too long still tells how the dependency is: were it not heard, one that
        // always takes longer than the recovery timeout would be probed for ever.
        self.probes.retain(|held| Some(held.id) != probe);
        if sample.failed {
            self.last_failure = Some(now);
        }
        let too_slow = sample.slow
            || config.max_average_latency.is_some_and(|limit| sample.latency.is_some_and(|latency| latency > limit));
        match verdict {
            Verdict::Ignored => None,
            Verdict::Success if !too_slow => {
                self.successes += 1;
                (self.successes >= config.success_threshold).then(|| {
                    self.open_for = config.recovery_timeout;
                    self.enter(config, CircuitState::Closed, Reason::ProbesSucceeded, now)
                })
            }
            Verdict::Success | Verdict::Failure => {
                self.open_for = self.open_for.saturating_mul(2).min(config.max_recovery_timeout);
                Some(self.enter(config, CircuitState::Open, Reason::ProbeFailed, now))
            }
        }
    }

    fn remember(&mut self, config: &Config, now: Instant, sample: Sample) {
        self.history.push(now, sample);
        if !sample.failed {
            self.consecutive = 0;
            return;
        }
        self.last_failure = Some(now);
        self.consecutive = self.consecutive.saturating_add(1);
        if let (Some(threshold), Some(_)) = (config.failure_threshold, config.failure_window) {
            if self.recent_failures.len() >= threshold as usize {
                self.recent_failures.pop_front();
            }
            self.recent_failures.push_back(now);
        }
    }

    fn broken_rule(&mut self, config: &Config, now: Instant) -> Option<Reason> {
        let tally = self.history.tally(now);
        if config.failure_threshold.is_some_and(|threshold| self.failure_count(config, now) >= threshold) {
            let in_time = config.failure_window.is_some();
            return Some(if in_time { Reason::FailureWindow } else { Reason::Consecutive });
        }
        if tally.calls < u64::from(config.minimum_calls) {
            return None;
        }
        // At a rate of 0 every failure trips, but a window of pure success does not.
        if config.failure_rate.is_some_and(|rate| tally.failures > 0 && tally.failure_rate() >= rate) {
            return Some(Reason::FailureRate);
        }
        if config.slow_call_duration.is_some() && tally.slow > 0 && tally.slow_rate() >= config.slow_call_rate {
            return Some(Reason::SlowRate);
        }
        config.max_average_latency.filter(|limit| tally.mean_latency() > *limit).map(|_| Reason::MeanLatency)
    }

    /// The failures that count towards the threshold; without one, the failures in the window.
    fn failure_count(&mut self, config: &Config, now: Instant) -> u32 {
        match (config.failure_threshold, config.failure_window) {
            (Some(_), Some(length)) => {
                while self.recent_failures.front().is_some_and(|oldest| now.since(*oldest) >= length) {
                    self.recent_failures.pop_front();
                }
                u32::try_from(self.recent_failures.len()).unwrap_or(u32::MAX)
            }
            (Some(_), None) => self.consecutive,
            (None, _) => u32::try_from(self.history.tally(now).failures).unwrap_or(u32::MAX),
        }
    }

    /// A passed call will never report: its place is free again.
    pub(crate) fn abandon(&mut self, ticket: Ticket) {
        if ticket.generation == self.generation {
            self.probes.retain(|probe| Some(probe.id) != ticket.probe);
        }
    }

    /// Enters a state by hand. The state it is in already starts anew: its window is emptied.
    pub(crate) fn force(&mut self, config: &Config, to: CircuitState, now: Instant) -> Transition {
        self.open_for = config.recovery_timeout;
        self.enter(config, to, Reason::Manual, now)
    }

    /// Every transition empties the window and starts a generation.
    fn enter(&mut self, config: &Config, to: CircuitState, reason: Reason, now: Instant) -> Transition {
        let from = self.state;
        self.tripped = (to == CircuitState::Open && from == CircuitState::Closed)
            .then(|| (self.failure_count(config, now), self.history.tally(now)))
            .or(self.tripped.filter(|_| matches!(to, CircuitState::Open | CircuitState::HalfOpen)));
        self.seconds_in[from as usize] += now.since(self.since);
        self.state = to;
        self.since = now;
        self.generation = self.generation.saturating_add(1);
        self.consecutive = 0;
        self.recent_failures.clear();
        self.history.clear();
        self.probes.clear();
        self.successes = 0;
        match to {
            CircuitState::Open | CircuitState::ForcedOpen => self.opened_at = Some(now),
            CircuitState::HalfOpen => {}
            CircuitState::Closed | CircuitState::Disabled | CircuitState::MetricsOnly => self.opened_at = None,
        }
        Transition { from, to, reason }
    }

    fn retry_after(&self, now: Instant) -> Option<Duration> {
        (self.state == CircuitState::Open).then(|| self.open_for.saturating_sub(now.since(self.since)))
    }

    /// What people and exporters read.
    pub(crate) fn view(&mut self, config: &Config, now: Instant) -> View {
        let (failure_count, tally) = match self.tripped.filter(|_| self.state == CircuitState::Open) {
            Some(tripped) => tripped,
            None => (self.failure_count(config, now), self.history.tally(now)),
        };
        let mut seconds_in = self.seconds_in;
        seconds_in[self.state as usize] += now.since(self.since);
        View {
            state: self.state,
            failure_count,
            tally,
            success_count: self.successes,
            opened_at: self.opened_at,
            last_failure: self.last_failure,
            retry_after: self.retry_after(now),
            seconds_in: seconds_in.map(|time| time.as_secs_f64()),
        }
    }
}

/// A reading of the machine.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) state: CircuitState,
    pub(crate) failure_count: u32,
    pub(crate) tally: Tally,
    pub(crate) success_count: u32,
    pub(crate) opened_at: Option<Instant>,
    pub(crate) last_failure: Option<Instant>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) seconds_in: [f64; CircuitState::ALL.len()],
}
