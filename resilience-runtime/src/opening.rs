//! Why a circuit opened: written down once per opening, and found again by the refusals that come of it.
//!
//! An open circuit refuses by the million, so a refusal carries no text, and counts no references that all threads would
//! write to: where the name of the breaker is fixed, which it is behind an attribute, it carries the number of the opening
//! and a reference to the board of that name. Boards live as long as the program, one for each fixed name.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Duration;

use once_cell::sync::OnceCell;
use serde::Serialize;

use crate::name::Name;
use crate::sync::{Arc, AtomicU64, Mutex, Ordering, global};

/// Why a breaker changed its state, as metrics write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
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
/// Serialises as `{"rule": "failure_rate", "observed": 0.62, "threshold": 0.5}`.
///
/// ```
/// use resilience_runtime::CircuitBreaker;
///
/// let breaker = CircuitBreaker::builder("jira_api").failure_threshold(2).build()?;
/// for _ in 0..2 {
///     let _ = breaker.call(|| Err::<(), _>(std::io::Error::other("down")));
/// }
/// let reason = breaker.stats().reason.unwrap();
/// assert_eq!((reason.rule(), reason.observed(), reason.threshold()), ("consecutive", 2.0, 2.0));
/// assert_eq!(reason.to_string(), "2 failures in a row (threshold 2)");
/// # Ok::<(), resilience_runtime::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OpenReason {
    pub(crate) rule: Rule,
    pub(crate) observed: f64,
    pub(crate) threshold: f64,
}

// Counts, shares and lengths of time: never a NaN.
impl Eq for OpenReason {}

impl OpenReason {
    /// Where there is nothing to compare: a transition by hand, or by time.
    pub(crate) const fn plain(rule: Rule) -> Self {
        Self { rule, observed: 0.0, threshold: 0.0 }
    }

    pub(crate) fn counted(rule: Rule, observed: u32, threshold: u32) -> Self {
        Self { rule, observed: observed.into(), threshold: threshold.into() }
    }

    /// The rule, as the label `reason` of the metrics has it: `consecutive`, `failure_window`, `failure_rate`,
    /// `slow_rate`, `mean_latency`, `probe_failed` or `manual`.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        self.rule.as_str()
    }

    /// What the rule saw: a number of failures, a share of calls or probes from 0 to 1, or a mean latency in seconds; 0
    /// for `manual`.
    #[must_use]
    pub const fn observed(&self) -> f64 {
        self.observed
    }

    /// The limit it was compared with, in the unit of [`observed`](Self::observed).
    #[must_use]
    pub const fn threshold(&self) -> f64 {
        self.threshold
    }
}

impl fmt::Display for OpenReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, observed, threshold } = *self;
        let seconds = |seconds| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        match rule {
            Rule::Consecutive => write!(f, "{observed} failures in a row (threshold {threshold})"),
            Rule::FailureWindow => write!(f, "{observed} failures within the failure window (threshold {threshold})"),
            Rule::FailureRate => write!(f, "failure rate {observed} (threshold {threshold})"),
            Rule::SlowRate => write!(f, "slow-call rate {observed} (threshold {threshold})"),
            Rule::MeanLatency => {
                write!(f, "mean latency {:?} (threshold {:?})", seconds(observed), seconds(threshold))
            }
            Rule::ProbeFailed => write!(f, "failure rate of probes {observed} (threshold {threshold})"),
            Rule::RecoveryTimeout => f.write_str("the recovery timeout has passed"),
            Rule::ProbesSucceeded => f.write_str("the probes succeeded"),
            Rule::Manual => f.write_str("by hand"),
        }
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
