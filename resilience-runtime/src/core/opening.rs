//! Why a circuit opened: written down once per opening, and found again by the refusals that come of it.
//!
//! An open circuit refuses by the million, so a refusal carries no text, and counts no references that all threads would
//! write to: where the name of the breaker is fixed, which it is behind an attribute, it carries the number of the opening
//! and a reference to the board of that name. Boards live as long as the program, one for each fixed name.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Duration;

use once_cell::sync::OnceCell;
use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use crate::core::name::Name;
use crate::core::rounding;
use crate::core::sync::{Arc, AtomicU64, Mutex, Ordering, global};

/// Why a breaker changed its state, as metrics write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
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

impl Rule {
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

/// Why a circuit breaker opened, or would have: which rule, what it saw, and where its limit lies.
///
/// Serialises as `{"rule": "failure_rate", "observed": 0.62, "threshold": 0.5}`, and where both are lengths of time, with
/// their unit: `{"rule": "mean_latency", "observed_seconds": 1.5, "threshold_seconds": 1.0}`. By hand it is
/// `{"rule": "manual", "observed": null, "threshold": null}`.
///
/// ```
/// use resilience::CircuitBreaker;
///
/// let breaker = CircuitBreaker::builder("jira_api").failure_threshold(2).build()?;
/// for _ in 0..2 {
///     let _ = breaker.call(|| Err::<(), _>(std::io::Error::other("down")));
/// }
/// let reason = breaker.stats().reason.unwrap();
/// assert_eq!((reason.rule(), reason.observed(), reason.threshold()), ("consecutive", Some(2.0), Some(2.0)));
/// assert_eq!(reason.to_string(), "2 failures in a row (threshold 2)");
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OpenReason {
    pub(crate) rule: Rule,
    observed: Option<f64>,
    threshold: Option<f64>,
    /// Of how many probes the share is, where it is of probes.
    probes: Option<u32>,
}

// Counts, shares and lengths of time: never a NaN.
impl Eq for OpenReason {}

impl OpenReason {
    /// Where there is nothing to compare: a transition by hand, or by time.
    pub(crate) const fn plain(rule: Rule) -> Self {
        Self { rule, observed: None, threshold: None, probes: None }
    }

    pub(crate) const fn compared(rule: Rule, observed: f64, threshold: f64) -> Self {
        Self { rule, observed: Some(observed), threshold: Some(threshold), probes: None }
    }

    pub(crate) fn counted(rule: Rule, observed: u32, threshold: u32) -> Self {
        Self::compared(rule, observed.into(), threshold.into())
    }

    /// So many of the probes that are judged together have failed.
    pub(crate) fn probes(failed: u32, probes: u32, threshold: f64) -> Self {
        let observed = f64::from(failed) / f64::from(probes);
        Self { probes: Some(probes), ..Self::compared(Rule::ProbeFailed, observed, threshold) }
    }

    /// The rule, as the label `reason` of the metrics has it: `consecutive`, `failure_window`, `failure_rate`,
    /// `slow_rate`, `mean_latency`, `probe_failed` or `manual`.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        self.rule.as_str()
    }

    /// What the rule saw: a number of failures, a share of calls or probes from 0 to 1, or a mean latency in seconds;
    /// `None` for `manual`. A probe that was too slow has failed, whatever it returned, and so has one that was dropped after
    /// `slow_call_duration`: `total_failures` counts neither.
    #[must_use]
    pub const fn observed(&self) -> Option<f64> {
        self.observed
    }

    /// The limit it was compared with, in the unit of [`observed`](Self::observed).
    #[must_use]
    pub const fn threshold(&self) -> Option<f64> {
        self.threshold
    }
}

/// A share to two digits; all of them where it would seem to be below the threshold.
fn rounded(share: f64, threshold: f64) -> f64 {
    let scale = 10_f64.powf(2.0 - share.log10().ceil());
    let rounded = (share * scale).round() / scale;
    if rounded < threshold { share } else { rounded }
}

impl fmt::Display for OpenReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, observed, threshold, probes } = *self;
        // The rules without a comparison do not look at these.
        let (observed, threshold) = (observed.unwrap_or_default(), threshold.unwrap_or_default());
        let plural = if observed == 1.0 { "" } else { "s" };
        let seconds = |seconds| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        match rule {
            Rule::Consecutive => write!(f, "{observed} failure{plural} in a row (threshold {threshold})"),
            Rule::FailureWindow => {
                write!(f, "{observed} failure{plural} within the failure window (threshold {threshold})")
            }
            Rule::FailureRate => write!(f, "failure rate {} (threshold {threshold})", rounded(observed, threshold)),
            Rule::SlowRate => {
                write!(f, "slow-call rate {} (threshold {threshold})", rounded(observed, threshold))
            }
            Rule::MeanLatency => {
                // Never below the threshold, which it was above.
                let observed = rounding::up(seconds(observed));
                write!(f, "mean latency {observed:?} (threshold {:?})", seconds(threshold))
            }
            Rule::ProbeFailed => {
                let probes = probes.unwrap_or_default();
                let failed = (observed * f64::from(probes)).round();
                write!(f, "{failed} of {probes} probes failed or were too slow")?;
                if threshold > 0.0 { write!(f, " (threshold {threshold})") } else { Ok(()) }
            }
            Rule::RecoveryTimeout => f.write_str("the recovery timeout has passed"),
            Rule::ProbesSucceeded => f.write_str("the probes succeeded"),
            Rule::Manual => f.write_str("by hand"),
        }
    }
}

impl Serialize for OpenReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [observed, threshold] = match self.rule {
            Rule::MeanLatency => ["observed_seconds", "threshold_seconds"],
            _ => ["observed", "threshold"],
        };
        let mut reason = serializer.serialize_struct("OpenReason", 3)?;
        reason.serialize_field("rule", self.rule())?;
        reason.serialize_field(observed, &self.observed)?;
        reason.serialize_field(threshold, &self.threshold)?;
        reason.end()
    }
}

/// One opening of one breaker.
#[derive(Debug)]
pub(crate) struct Opening {
    id: u64,
    name: Name,
    pub(crate) reason: OpenReason,
    /// The text of the error. It is the user's code that words it, which must not run under a lock: so it comes a moment
    /// later.
    error: OnceCell<String>,
}

impl Opening {
    pub(crate) fn set_error(&self, text: String) {
        // There is one error that opens.
        let _ = self.error.set(text);
    }

    pub(crate) fn error(&self) -> Option<&str> {
        self.error.get().map(String::as_str)
    }
}

global! {
    /// From 1: 0 is no opening.
    static NEXT: AtomicU64 = AtomicU64::new(1);
}

global! {
    static BOARDS: Mutex<BTreeMap<&'static str, &'static Board>> = Mutex::new(BTreeMap::new());
}

/// How many openings of a name are remembered.
const REMEMBERED: usize = 16;

/// The latest openings of the breakers of one fixed name.
#[derive(Debug)]
pub(crate) struct Board {
    name: &'static str,
    latest: Mutex<VecDeque<Arc<Opening>>>,
}

impl Board {
    fn of(name: &'static str) -> &'static Self {
        let new = || &*Box::leak(Box::new(Self { name, latest: Mutex::new(VecDeque::new()) }));
        BOARDS.lock().entry(name).or_insert_with(new)
    }

    fn find(&self, id: u64) -> Option<Arc<Opening>> {
        self.latest.lock().iter().find(|opening| opening.id == id).cloned()
    }
}

/// The openings of one breaker.
#[derive(Debug)]
pub(crate) struct Openings {
    /// `None` where the name was built at run time.
    board: Option<&'static Board>,
    id: AtomicU64,
    current: Mutex<Option<Arc<Opening>>>,
}

impl Openings {
    pub(crate) fn new(name: &Name) -> Self {
        let board = name.clone().into_fixed().ok().map(Board::of);
        Self { board, id: AtomicU64::new(0), current: Mutex::new(None) }
    }

    /// It opens.
    pub(crate) fn open(&self, name: &Name, reason: OpenReason) -> Arc<Opening> {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let opening = Arc::new(Opening { id, name: name.clone(), reason, error: OnceCell::new() });
        if let Some(board) = self.board {
            let mut latest = board.latest.lock();
            if latest.len() == REMEMBERED {
                latest.pop_front();
            }
            latest.push_back(Arc::clone(&opening));
        }
        *self.current.lock() = Some(Arc::clone(&opening));
        // Relaxed: a refusal of the same moment may name the opening before this one.
        self.id.store(id, Ordering::Relaxed);
        opening
    }

    /// The latest.
    pub(crate) fn current(&self) -> Option<Arc<Opening>> {
        self.current.lock().clone()
    }

    /// What a refusal takes along.
    #[inline(always)]
    pub(crate) fn source(&self, name: &Name) -> Source {
        match self.board {
            Some(board) => Source::Fixed(board, self.id.load(Ordering::Relaxed)),
            None => Source::Shared(self.shared(name)),
        }
    }

    // One word, in a register: a `Source` would come back in memory, and then the other kind of it would be there as well.
    #[cold]
    fn shared(&self, name: &Name) -> Arc<Opening> {
        self.current().unwrap_or_else(|| self.open(name, OpenReason::plain(Rule::Manual)))
    }
}

/// What a refusal knows of the opening it comes from, in two words.
#[derive(Clone)]
pub(crate) enum Source {
    Fixed(&'static Board, u64),
    Shared(Arc<Opening>),
}

impl Source {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Fixed(board, _) => board.name,
            Self::Shared(opening) => opening.name.as_str(),
        }
    }

    /// The opening; `None` when that name has opened too often since.
    pub(crate) fn opening(&self) -> Option<Arc<Opening>> {
        match self {
            Self::Fixed(board, id) => board.find(*id),
            Self::Shared(opening) => Some(Arc::clone(opening)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_reads_as_a_sentence_does() {
        let expected = [
            (OpenReason::counted(Rule::Consecutive, 1, 1), "1 failure in a row (threshold 1)"),
            (OpenReason::counted(Rule::Consecutive, 2, 2), "2 failures in a row (threshold 2)"),
            (OpenReason::counted(Rule::FailureWindow, 1, 1), "1 failure within the failure window (threshold 1)"),
            (OpenReason::compared(Rule::FailureRate, 2.0 / 3.0, 0.5), "failure rate 0.67 (threshold 0.5)"),
            (OpenReason::compared(Rule::FailureRate, 1.0 / 300.0, 0.001), "failure rate 0.0033 (threshold 0.001)"),
            (OpenReason::compared(Rule::SlowRate, 0.504, 0.504), "slow-call rate 0.504 (threshold 0.504)"),
            (OpenReason::compared(Rule::SlowRate, 1.0, 1.0), "slow-call rate 1 (threshold 1)"),
            (OpenReason::compared(Rule::MeanLatency, 1.5, 1.0), "mean latency 1.5s (threshold 1s)"),
            (OpenReason::compared(Rule::MeanLatency, 1.234_567_891, 1.0), "mean latency 1.3s (threshold 1s)"),
            (OpenReason::probes(1, 1, 0.0), "1 of 1 probes failed or were too slow"),
            (OpenReason::probes(1, 3, 0.3), "1 of 3 probes failed or were too slow (threshold 0.3)"),
            (OpenReason::plain(Rule::Manual), "by hand"),
        ];
        for (reason, words) in expected {
            assert_eq!(reason.to_string(), words);
        }
    }
}
