//! What a breaker has counted.

use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};

use super::config::Config;
use super::quiet::{Quiet, SharedQuiet};
use super::reason::{Effect, Transition};
use super::view::View;
use crate::core::clock::{self, Instant};
use crate::core::opening::{OpenReason, Opening, Rule};
use crate::core::outcome::Verdict;
use crate::core::state::CircuitState;
use crate::core::stats::{PerThread, bump};
use crate::core::sync::{AtomicU64, Mutex, OnceBox, Ordering};
use crate::core::window::{Successes, Tally};

/// A reading of a circuit breaker: `stats()`.
///
/// The counts are those of the breaker's lifetime and only grow, unless a field says otherwise. The threshold
/// or rate of a rule that is off is `None`. Serialises with times in RFC 3339 (UTC), and with durations in seconds, as their names say:
/// `average_latency_seconds`, `retry_after_seconds`.
///
/// ```
/// use resilience::CircuitBreaker;
///
/// let breaker = CircuitBreaker::builder("jira_api").failure_threshold(1).build()?;
/// let _ = breaker.call(|| Err::<(), _>(std::io::Error::other("down")));
///
/// let stats = breaker.stats();
/// assert_eq!((stats.state.as_str(), stats.total_calls, stats.failure_rate), ("open", 1, 1.0));
/// assert!(stats.opened_at.is_some() && stats.retry_after.is_some());
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CircuitBreakerStats {
    /// The state.
    pub state: CircuitState,
    /// Failures that count towards the threshold: in a row, or within `failure_window`; with neither rule, those in
    /// the window. While open: the count that opened it. While half-open: the probes that have failed or were too slow,
    /// which are more than none only with a `half_open_failure_rate`.
    pub failure_count: u32,
    /// The threshold; `None` when the rule is off.
    pub failure_threshold: Option<u32>,
    /// Probes that have succeeded in the half-open state. 0 in any other.
    pub success_count: u32,
    /// Probes that must succeed to close.
    pub success_threshold: u32,
    /// Calls that are done: successes, failures, ignored, rejected and cancelled ones.
    pub total_calls: u64,
    /// Successes among them.
    pub total_successes: u64,
    /// Failures among them, time-outs of the same stack and panics included.
    pub total_failures: u64,
    /// Calls whose error says nothing about the dependency (`ignore_if`).
    pub ignored: u64,
    /// Calls that were refused.
    pub rejected: u64,
    /// Calls that took `slow_call_duration` or longer; each is also a success, a failure, or cancelled. 0 without that
    /// rule: `slow_rate` says whether it is on.
    pub slow: u64,
    /// Calls that their caller dropped.
    pub cancelled: u64,
    /// Failures per call in the window, from 0 to 1. While open: the rate that opened it.
    pub failure_rate: f64,
    /// Slow calls per call in the window, from 0 to 1. While open: the rate that opened it. `None` without a
    /// `slow_call_duration`.
    pub slow_rate: Option<f64>,
    /// Calls in the window. While open: those in it when it opened.
    pub window_calls: u64,
    /// Mean latency of the timed calls in the window; `None` when there was none. While open: of those that opened it.
    /// Every call is timed when a rule looks at latencies, and with `test-util`; else one in 64, by chance.
    #[serde(rename = "average_latency_seconds", serialize_with = "seconds")]
    pub average_latency: Option<Duration>,
    /// When the breaker opened, also by hand; `None` once it has closed.
    #[serde(serialize_with = "rfc3339")]
    pub opened_at: Option<SystemTime>,
    /// When the last failure was recorded; `None` before the first.
    #[serde(serialize_with = "rfc3339")]
    pub last_failure_time: Option<SystemTime>,
    /// How long an open breaker goes on refusing; `None` in any other state.
    #[serde(rename = "retry_after_seconds", serialize_with = "seconds")]
    pub retry_after: Option<Duration>,
    /// How often a rule would have opened it in a dry run ([`metrics_only`](crate::CircuitBreaker::metrics_only)).
    pub would_open: u64,
    /// Why it was opened last, also by hand, until it has closed; `None` in any other state.
    pub reason: Option<OpenReason>,
    /// The text of the error that opened it, cut at 256 characters, until it has closed. `None` where it was no error that
    /// opened it, as by hand. Behind an attribute it is the error's `Display`, or `Debug`, or the name of its type; a
    /// closure given to [`call`](crate::CircuitBreaker::call) has the text of strings, [`std::io::Error`], boxed errors and
    /// our own to offer, and else the name of the type; a [`Pipeline`](crate::Pipeline) has the name of the type, and
    /// [`call_with`](crate::CircuitBreaker::call_with) nothing; a permit has what
    /// [`failure_with`](crate::Permit::failure_with) was given.
    pub last_error: Option<String>,
}

fn seconds<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    duration.map(|duration| duration.as_secs_f64()).serialize(serializer)
}

fn rfc3339<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| humantime::format_rfc3339_millis(time).to_string()).serialize(serializer)
}

const SUCCESS: usize = 0;
const FAILURE: usize = 1;
const IGNORED: usize = 2;
const SLOW: usize = 3;
const REJECTED: usize = 4;
const CANCELLED: usize = 5;

type Counts = [AtomicU64; 6];

/// What one thread has counted.
#[derive(Debug, Default)]
pub(super) struct Stripe {
    pub(super) quiet: Quiet,
    counts: Counts,
}

/// What the threads without a stripe have counted.
#[derive(Debug, Default)]
pub(super) struct SharedStripe {
    pub(super) quiet: SharedQuiet,
    counts: Counts,
}

/// From which state to which, and why.
type Change = (CircuitState, CircuitState, Rule);

/// The lifetime counts, beside the machine: counting takes no lock.
pub(super) struct Counters {
    /// None for one key among many: there all threads share, or each key would have a stripe for each thread.
    stripes: Option<Box<PerThread<Stripe>>>,
    shared: OnceBox<SharedStripe>,
    /// Those who would have opened have not changed their state.
    transitions: Mutex<Vec<(Change, u64)>>,
}

impl Counters {
    pub(super) fn new() -> Self {
        Self { stripes: Some(Box::new(PerThread::new())), ..Self::of_member() }
    }

    /// Those of one key.
    pub(super) fn of_member() -> Self {
        Self { stripes: None, shared: OnceBox::new(), transitions: Mutex::default() }
    }

    /// The stripe of this thread; `None` when it has none of its own.
    #[inline]
    pub(super) fn own(&self) -> Option<&Stripe> {
        self.stripes.as_ref()?.own()
    }

    /// The stripe of the other threads.
    pub(super) fn shared(&self) -> &SharedStripe {
        self.shared.get_or_init(Box::default)
    }

    /// What was only counted for this gate, and when. Under the machine's lock.
    pub(super) fn take(
        &self,
        gate: u64,
        slot: Option<(Instant, Instant)>,
    ) -> impl Iterator<Item = (Successes, Instant)> {
        let shared = self.shared.get().map(|stripe| stripe.quiet.take(gate, slot));
        self.owned().map(move |stripe| stripe.quiet.take(gate)).chain(shared)
    }

    /// Arms the stripe in which this thread counts. Under the machine's lock, after everything was taken in.
    pub(super) fn arm(&self, gate: u64, slot: Option<(Instant, Instant)>) {
        if let Some(stripe) = self.made() {
            stripe.quiet.arm(gate, slot);
        } else if let Some(stripe) = self.shared.get() {
            stripe.quiet.arm(gate, slot);
        }
    }

    fn made(&self) -> Option<&Stripe> {
        self.stripes.as_ref()?.made()
    }

    fn owned(&self) -> impl Iterator<Item = &Stripe> {
        self.stripes.iter().flat_map(|stripes| stripes.iter())
    }

    /// The successes that were only counted, by this thread and by those that share.
    #[cfg(test)]
    pub(super) fn counted(&self) -> [u64; 2] {
        let own = self.made().map_or(0, |stripe| stripe.quiet.total());
        [own, self.shared.get().map_or(0, |stripe| stripe.quiet.total())]
    }

    #[inline]
    fn add(&self, which: usize) {
        match self.own() {
            Some(stripe) => bump(&stripe.counts[which], 1),
            None => self.add_shared(which),
        }
    }

    #[cold]
    fn add_shared(&self, which: usize) {
        // Relaxed: a count orders nothing else.
        self.shared().counts[which].fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self, which: usize) -> u64 {
        let count = |counts: &Counts, quiet: u64| {
            counts[which].load(Ordering::Relaxed).wrapping_add(if which == SUCCESS { quiet } else { 0 })
        };
        let owned = self.owned().map(|stripe| count(&stripe.counts, stripe.quiet.total()));
        let shared = self.shared.get().map(|stripe| count(&stripe.counts, stripe.quiet.total()));
        owned.chain(shared).fold(0, u64::wrapping_add)
    }

    #[inline]
    pub(super) fn success(&self) {
        self.add(SUCCESS);
    }

    pub(super) fn done(&self, verdict: Verdict, slow: bool) {
        self.add(match verdict {
            Verdict::Success => SUCCESS,
            Verdict::Failure => FAILURE,
            Verdict::Ignored => IGNORED,
        });
        if slow && verdict != Verdict::Ignored {
            self.add(SLOW);
        }
    }

    pub(super) fn rejected(&self) {
        self.add(REJECTED);
    }

    pub(super) fn cancelled(&self, slow: bool) {
        self.add(CANCELLED);
        if slow {
            self.add(SLOW);
        }
    }

    pub(super) fn happened(&self, effect: Effect) {
        let change = match effect {
            Effect::Changed(Transition { from, to, reason }) => (from, to, reason.rule),
            Effect::WouldOpen(reason) => (CircuitState::MetricsOnly, CircuitState::MetricsOnly, reason.rule),
        };
        let mut transitions = self.transitions.lock();
        match transitions.iter_mut().find(|(known, _)| *known == change) {
            Some((_, times)) => *times += 1,
            None => transitions.push((change, 1)),
        }
    }

    /// How often which rule would have opened it.
    fn would_open(&self) -> [(&'static str, u64); RULES.len()] {
        let transitions = self.transitions.lock();
        RULES.map(|rule| {
            let change = (CircuitState::MetricsOnly, CircuitState::MetricsOnly, rule);
            (rule.as_str(), transitions.iter().find(|(known, _)| *known == change).map_or(0, |(_, times)| *times))
        })
    }

    pub(super) fn stats(&self, config: &Config, view: &View, opening: Option<&Opening>) -> CircuitBreakerStats {
        let (success, failure, ignored) = (self.get(SUCCESS), self.get(FAILURE), self.get(IGNORED));
        let (rejected, cancelled) = (self.get(REJECTED), self.get(CANCELLED));
        CircuitBreakerStats {
            state: view.state,
            failure_count: view.failure_count,
            failure_threshold: config.failure_threshold,
            success_count: view.success_count,
            success_threshold: config.success_threshold,
            total_calls: success + failure + ignored + rejected + cancelled,
            total_successes: success,
            total_failures: failure,
            ignored,
            rejected,
            slow: self.get(SLOW),
            cancelled,
            failure_rate: view.tally.failure_rate(),
            slow_rate: config.slow_call_duration.map(|_| view.tally.slow_rate()),
            window_calls: view.tally.calls,
            average_latency: view.tally.mean_latency(),
            opened_at: view.opened_at.map(clock::wall),
            last_failure_time: view.last_failure.map(clock::wall),
            retry_after: view.retry_after,
            would_open: self.would_open().iter().map(|(_, times)| times).sum(),
            reason: opening.map(|opening| opening.reason),
            last_error: opening.and_then(Opening::error).map(str::to_owned),
        }
    }

    /// The counts, with what `view` says of the window; a family of breakers has no window.
    pub(super) fn totals(&self, view: Option<&View>) -> BreakerTotals {
        let mut transitions: Vec<_> = AUTOMATIC.map(|change| (change, 0)).into();
        for (seen, times) in self.transitions.lock().iter().filter(|((from, to, _), _)| from != to) {
            match transitions.iter_mut().find(|(change, _)| change == seen) {
                Some((_, count)) => *count += times,
                None => transitions.push((*seen, *times)),
            }
        }
        let transitions = transitions.into_iter().map(|((from, to, rule), times)| (from, to, rule.as_str(), times));
        BreakerTotals {
            success: self.get(SUCCESS),
            failure: self.get(FAILURE),
            slow: self.get(SLOW),
            ignored: self.get(IGNORED),
            rejected: self.get(REJECTED),
            seconds_in: view.map(|view| view.seconds_in).unwrap_or_default(),
            transitions: transitions.collect(),
            would_open: self.would_open(),
            window: view.map(|view| (view.state, view.tally)),
        }
    }
}

/// The rules that open a closed breaker.
const RULES: [Rule; 5] = [Rule::Consecutive, Rule::FailureWindow, Rule::FailureRate, Rule::SlowRate, Rule::MeanLatency];

/// The transitions a breaker makes by itself: an exporter shows them from the start, at 0.
const AUTOMATIC: [Change; 8] = {
    use CircuitState::{Closed, HalfOpen, Open};
    [
        (Closed, Open, Rule::Consecutive),
        (Closed, Open, Rule::FailureWindow),
        (Closed, Open, Rule::FailureRate),
        (Closed, Open, Rule::SlowRate),
        (Closed, Open, Rule::MeanLatency),
        (Open, HalfOpen, Rule::RecoveryTimeout),
        (HalfOpen, Open, Rule::ProbeFailed),
        (HalfOpen, Closed, Rule::ProbesSucceeded),
    ]
};

/// What exporters read of a breaker.
#[derive(Debug, Clone)]
pub(crate) struct BreakerTotals {
    pub(crate) success: u64,
    pub(crate) failure: u64,
    pub(crate) slow: u64,
    pub(crate) ignored: u64,
    pub(crate) rejected: u64,
    /// By [`CircuitState::ALL`].
    pub(crate) seconds_in: [f64; CircuitState::ALL.len()],
    pub(crate) transitions: Vec<(CircuitState, CircuitState, &'static str, u64)>,
    /// By rule.
    pub(crate) would_open: [(&'static str, u64); RULES.len()],
    /// The state and the window of a single breaker.
    pub(crate) window: Option<(CircuitState, Tally)>,
}
