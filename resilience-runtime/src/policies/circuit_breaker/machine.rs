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

use std::mem;
use std::num::NonZeroU64;
use std::time::Duration;

use super::config::Config;
use super::evidence::Evidence;
use super::probes::{Judgement, Probes};
use super::reason::{Effect, Transition};
use crate::core::clock::Instant;
use crate::core::opening::{OpenReason, Rule};
use crate::core::outcome::Verdict;
use crate::core::probing::Probe;
use crate::core::state::CircuitState;
use crate::core::window::{Sample, Successes, Tally};

/// How long a breaker is open at most. What refusals say of it must fit into the word they have for it, and no clock may run
/// over.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Counts transitions. From 1, so that a ticket knows an empty place.
pub(crate) type Generation = NonZeroU64;

/// What a passed call carries back. A ticket of an earlier generation changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) generation: Generation,
    pub(crate) probe: Option<Probe>,
}

/// What a caller is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    Pass(Ticket),
    /// It is made inside of a probe, and passes with it.
    Inside,
    Refuse {
        retry_after: Option<Duration>,
    },
}

#[derive(Debug)]
pub(crate) struct Machine {
    state: CircuitState,
    generation: Generation,
    since: Instant,
    time_in: [Duration; CircuitState::ALL.len()],
    /// How long the open state lasts, this time.
    open_for: Duration,
    /// How long it lasts by the rules: a hand may have said something else.
    recovery: Duration,
    /// How often in a row it has opened.
    streak: u32,
    /// How long it will last the next time, where a function says so.
    prepared: Option<Duration>,
    /// Whether a dry run has told that it would open, and has not seen the rules met since.
    would_open: bool,
    pub(super) evidence: Evidence,
    pub(super) probes: Probes,
    /// What the window held when it opened the breaker: shown while it is open.
    pub(super) tripped: Option<(u32, Tally)>,
    pub(super) opened_at: Option<Instant>,
    pub(super) last_failure: Option<Instant>,
}

impl Machine {
    pub(crate) fn new(config: &Config, now: Instant) -> Self {
        Self {
            state: CircuitState::Closed,
            generation: Generation::MIN,
            since: now,
            time_in: [Duration::ZERO; CircuitState::ALL.len()],
            open_for: config.recovery_timeout.min(LONGEST),
            recovery: config.recovery_timeout,
            streak: 0,
            prepared: None,
            would_open: false,
            evidence: Evidence::new(config),
            probes: Probes::new(),
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

    /// Takes in successes that were only counted, each lot with about when. Whoever only reads may do so.
    pub(crate) fn absorb(&mut self, config: &Config, counted: impl Iterator<Item = (Successes, Instant)>) {
        self.evidence.absorb(config, counted);
    }

    /// What follows from the successes that were taken in.
    pub(crate) fn judge_absorbed(&mut self, config: &Config, now: Instant) -> Option<Effect> {
        let broken = self.evidence.absorbed()?;
        self.judge(config, now, broken)
    }

    /// Whether a success that takes no longer than it may can trip no rule, so that it need only be counted.
    pub(crate) fn is_quiet(&mut self, config: &Config, now: Instant) -> bool {
        let records = matches!(self.state, CircuitState::Closed | CircuitState::MetricsOnly);
        records && self.evidence.is_quiet(config, now)
    }

    /// The slot of a window of time in which `now` lies.
    pub(crate) fn slot(&self, now: Instant) -> Option<(Instant, Instant)> {
        self.evidence.slot(now)
    }

    /// Whether it is in a state that only a hand enters and leaves.
    pub(crate) const fn is_by_hand(&self) -> bool {
        matches!(self.state, CircuitState::ForcedOpen | CircuitState::Disabled | CircuitState::MetricsOnly)
    }

    /// Until when an open breaker refuses.
    pub(crate) fn open_until(&self) -> Option<Instant> {
        (self.state == CircuitState::Open).then(|| self.since.saturating_add(self.open_for))
    }

    /// Until when it is not to be forgotten: it refuses calls, or a probe has its place.
    pub(crate) fn busy_until(&self, config: &Config) -> Option<Instant> {
        self.open_until().or_else(|| self.probes.out_until(config))
    }

    /// The state at `now`. An open breaker whose time has passed is half-open, whether or not a call has come to find out.
    pub(crate) fn state_at(&self, now: Instant) -> CircuitState {
        let is_over = self.state == CircuitState::Open && now.since(self.since) >= self.open_for;
        if is_over { CircuitState::HalfOpen } else { self.state }
    }

    /// The transition that time has brought about: it is made with the next call.
    fn tick(&mut self, config: &Config, now: Instant) -> Option<Transition> {
        (self.state_at(now) != self.state)
            .then(|| self.enter(config, CircuitState::HalfOpen, OpenReason::plain(Rule::RecoveryTimeout), now))
    }

    /// A call asks to pass that is made inside of some probes, perhaps of other breakers.
    pub(crate) fn admit(&mut self, config: &Config, now: Instant, inside: &[Probe]) -> (Admission, Option<Transition>) {
        let transition = self.tick(config, now);
        let admission = match self.state {
            CircuitState::Closed | CircuitState::Disabled | CircuitState::MetricsOnly => {
                Admission::Pass(Ticket { generation: self.generation, probe: None })
            }
            CircuitState::HalfOpen if self.probes.has_any(inside) => Admission::Inside,
            CircuitState::HalfOpen => self.admit_probe(config, now),
            CircuitState::Open | CircuitState::ForcedOpen => Admission::Refuse { retry_after: self.retry_after(now) },
        };
        (admission, transition)
    }

    fn admit_probe(&mut self, config: &Config, now: Instant) -> Admission {
        match self.probes.admit(config, now) {
            Some(id) => Admission::Pass(Ticket { generation: self.generation, probe: Some(id) }),
            None => Admission::Refuse { retry_after: self.probes.free_in(config, now) },
        }
    }

    /// A passed call is done.
    pub(crate) fn record(
        &mut self,
        config: &Config,
        now: Instant,
        ticket: Ticket,
        verdict: Verdict,
        latency: Option<Duration>,
    ) -> Option<Effect> {
        if ticket.generation != self.generation {
            return None;
        }
        let slow = config.is_slow(latency);
        let sample = Sample { failed: verdict == Verdict::Failure, slow, latency };
        if sample.failed && !matches!(self.state, CircuitState::Disabled) {
            self.last_failure = Some(now);
        }
        match (self.state, verdict) {
            (CircuitState::HalfOpen, _) => {
                // A probe that lost its place by running too long still tells how the dependency is: were it not heard,
                // one that always takes longer than the recovery timeout would be probed for ever.
                self.probes.free(ticket.probe);
                let succeeded = verdict == Verdict::Success && !slow && !config.is_late(latency);
                (verdict != Verdict::Ignored).then(|| self.judge_probe(config, now, succeeded)).flatten()
            }
            (_, Verdict::Ignored) => None,
            (CircuitState::Closed | CircuitState::MetricsOnly, _) => {
                if sample.failed || config.is_long(latency) {
                    self.forget_crossing(config, now);
                }
                let broken = self.evidence.push(config, now, sample)?;
                self.judge(config, now, broken)
            }
            _ => None,
        }
    }

    /// A passed call was given up by its caller. Of one that had become slow, that much is known: it enters the window,
    /// and a probe has failed by it. Any other says nothing; a probe's place is free again.
    pub(crate) fn cancel(
        &mut self,
        config: &Config,
        now: Instant,
        ticket: Ticket,
        latency: Option<Duration>,
    ) -> Option<Effect> {
        if ticket.generation != self.generation {
            return None;
        }
        let slow = config.is_slow(latency);
        match self.state {
            CircuitState::HalfOpen => {
                self.probes.free(ticket.probe);
                slow.then(|| self.judge_probe(config, now, false)).flatten()
            }
            CircuitState::Closed | CircuitState::MetricsOnly if slow => {
                self.forget_crossing(config, now);
                let sample = Sample { failed: false, slow, latency };
                let broken = self.evidence.push_cancelled(config, now, sample)?;
                self.judge(config, now, broken)
            }
            _ => None,
        }
    }

    /// A rule is broken: a closed breaker opens by that, and a dry run says so once.
    fn judge(&mut self, config: &Config, now: Instant, broken: OpenReason) -> Option<Effect> {
        match self.state {
            CircuitState::Closed => {
                self.streak = 1;
                Some(Effect::Changed(self.enter(config, CircuitState::Open, broken, now)))
            }
            CircuitState::MetricsOnly => {
                (!mem::replace(&mut self.would_open, true)).then_some(Effect::WouldOpen(broken))
            }
            _ => None,
        }
    }

    /// In a dry run a rule may be broken anew, once it was met in between.
    fn forget_crossing(&mut self, config: &Config, now: Instant) {
        self.would_open = self.would_open && self.evidence.broken_rule(config, now).is_some();
    }

    fn judge_probe(&mut self, config: &Config, now: Instant, succeeded: bool) -> Option<Effect> {
        let change = match self.probes.judge(config, succeeded) {
            Judgement::Undecided => return None,
            Judgement::Close => {
                self.begin_anew(config);
                self.enter(config, CircuitState::Closed, OpenReason::plain(Rule::ProbesSucceeded), now)
            }
            Judgement::Reopen(reason) => {
                self.streak = self.streak.saturating_add(1);
                let grown = self.prepared.take().unwrap_or_else(|| config.grow(self.recovery));
                self.recovery = grown.min(config.max_recovery_timeout);
                self.open_for = self.recovery.min(LONGEST);
                self.enter(config, CircuitState::Open, reason, now)
            }
        };
        Some(Effect::Changed(change))
    }

    /// The next opening is the first of a row.
    fn begin_anew(&mut self, config: &Config) {
        self.recovery = config.recovery_timeout;
        self.open_for = self.recovery.min(LONGEST);
        self.streak = 0;
        self.prepared = None;
    }

    /// Enters a state by hand. The state it is in already starts anew: its window is emptied.
    pub(crate) fn force(&mut self, config: &Config, to: CircuitState, now: Instant) -> Transition {
        self.begin_anew(config);
        self.enter(config, to, OpenReason::plain(Rule::Manual), now)
    }

    /// Closes by hand; a closed one stays as it is.
    pub(crate) fn force_closed(&mut self, config: &Config, now: Instant) -> Option<Transition> {
        (self.state != CircuitState::Closed).then(|| self.force(config, CircuitState::Closed, now))
    }

    /// Closes by hand, and forgets what it knows of the calls, also where it was closed.
    pub(crate) fn reset(&mut self, config: &Config, now: Instant) -> Transition {
        self.last_failure = None;
        self.force(config, CircuitState::Closed, now)
    }

    /// Opens by hand, for a time, by default the recovery timeout.
    pub(crate) fn force_open_for(&mut self, config: &Config, length: Option<Duration>, now: Instant) -> Transition {
        let change = self.force(config, CircuitState::Open, now);
        self.open_for = length.unwrap_or(config.recovery_timeout).min(LONGEST);
        self.streak = 1;
        change
    }

    /// How often in a row it has opened.
    pub(crate) const fn streak(&self) -> u32 {
        self.streak
    }

    /// Says how long the opening after `streak` will last.
    pub(crate) const fn prepare(&mut self, streak: u32, length: Duration) {
        if self.streak == streak {
            self.prepared = Some(length);
        }
    }

    /// How long it stays open, this time.
    pub(crate) const fn open_for(&self) -> Duration {
        self.open_for
    }

    /// Every transition empties the window and starts a generation.
    fn enter(&mut self, config: &Config, to: CircuitState, reason: OpenReason, now: Instant) -> Transition {
        let from = self.state;
        self.tripped = (to == CircuitState::Open && from == CircuitState::Closed)
            .then(|| (self.evidence.failure_count(config, now), self.evidence.tally(now)))
            .or(self.tripped.filter(|_| matches!(to, CircuitState::Open | CircuitState::HalfOpen)));
        self.time_in = self.time_in(now);
        self.state = to;
        self.since = now;
        self.generation = self.generation.saturating_add(1);
        self.evidence.clear();
        self.would_open = false;
        self.probes.clear();
        match to {
            CircuitState::Open | CircuitState::ForcedOpen => self.opened_at = Some(now),
            CircuitState::HalfOpen => {}
            CircuitState::Closed | CircuitState::Disabled | CircuitState::MetricsOnly => self.opened_at = None,
        }
        Transition { from, to, reason }
    }

    /// The time spent in each state, by [`CircuitState::ALL`].
    pub(super) fn time_in(&self, now: Instant) -> [Duration; CircuitState::ALL.len()] {
        let (mut time_in, elapsed) = (self.time_in, now.since(self.since));
        let own = if self.state == CircuitState::Open { elapsed.min(self.open_for) } else { elapsed };
        time_in[self.state as usize] += own;
        time_in[CircuitState::HalfOpen as usize] += elapsed.saturating_sub(own);
        time_in
    }

    /// How long an open breaker goes on refusing.
    pub(super) fn retry_after(&self, now: Instant) -> Option<Duration> {
        (self.state_at(now) == CircuitState::Open).then(|| self.open_for.saturating_sub(now.since(self.since)))
    }
}
