//! What a retry has counted.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::context::frame::Cut;
use crate::core::clock::nanos;
use crate::core::stats::Striped;
use crate::core::sync::Mutex;
use crate::policies::budget::BudgetStats;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Success,
    NotRetryable,
    MaxAttempts,
    MaxDuration,
    BudgetExhausted,
    Cancelled,
}

impl End {
    pub(crate) const ALL: [Self; 6] = [
        Self::Success,
        Self::NotRetryable,
        Self::MaxAttempts,
        Self::MaxDuration,
        Self::BudgetExhausted,
        Self::Cancelled,
    ];

    /// What a call that is dropped comes to.
    pub(super) const fn of(cut: Cut) -> Self {
        match cut {
            Cut::Unwinding => Self::NotRetryable,
            Cut::TimedOut => Self::MaxDuration,
            Cut::Cancelled => Self::Cancelled,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::NotRetryable => "not_retryable",
            Self::MaxAttempts => "max_attempts",
            Self::MaxDuration => "max_duration",
            Self::BudgetExhausted => "budget_exhausted",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A reading of a retry: `stats()`. All counts only grow.
///
/// ```
/// use std::time::Duration;
/// use resilience::Retry;
///
/// let retry = Retry::builder("search").max_attempts(2).base_delay(Duration::from_millis(1)).build()?;
/// let _ = retry.call(|| Err::<(), _>("busy"));
///
/// let stats = retry.stats();
/// assert_eq!((stats.calls, stats.retries, stats.max_attempts_reached), (1, 1, 1));
/// assert_eq!((stats.successes, stats.failures, stats.cancelled), (0, 1, 0));
/// assert!(stats.backoff <= Duration::from_millis(1) && stats.budget.is_none());
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct RetryStats {
    /// Calls that are done: successes, failures and cancelled ones.
    pub calls: u64,
    /// Calls that ended with a success, at whichever attempt.
    pub successes: u64,
    /// Calls that ended with a failure. What ended them say `not_retryable`, `max_attempts_reached`, `max_duration_reached`
    /// and `budget_exhausted`.
    pub failures: u64,
    /// Calls that their caller dropped, and those that a timeout of ours gave less than half of its limit.
    pub cancelled: u64,
    /// Attempts after the first, counted as they begin. A call that ends during a delay has not begun the next one. Looking
    /// at a half-open circuit again begins none.
    pub retries: u64,
    /// Calls that succeeded at the first attempt.
    pub successes_without_retry: u64,
    /// Calls that succeeded at a later attempt.
    pub successes_with_retry: u64,
    /// Calls whose last failure may not be retried, panics included. A `before_retry` that fails ends a call like this, and
    /// so does an expression in `clone(..)`.
    pub not_retryable: u64,
    /// Calls that used up their attempts.
    pub max_attempts_reached: u64,
    /// Calls whose next attempt would have started past `max_elapsed` or past the deadline, or were asked to wait for longer
    /// than `max_hint`, and calls that a timeout of ours cut off, if they had at least half of its limit.
    pub max_duration_reached: u64,
    /// Calls whose next attempt the budget did not pay for.
    pub budget_exhausted: u64,
    /// All delays together, each counted in full as it begins. Serialises as `backoff_seconds`.
    #[serde(rename = "backoff_seconds", serialize_with = "seconds")]
    pub backoff: Duration,
    /// The budget, if there is one.
    pub budget: Option<BudgetStats>,
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

/// A function that counts, for its own retry, the calls that succeed at the first attempt: nearly all, and the function
/// counts them anyway.
pub(crate) trait FirstTries: Sync {
    /// How many there were.
    fn first_tries(&self) -> u64;
}

#[derive(Default)]
pub(super) struct Counters {
    /// The ends without a retry, those with one, then what follows.
    counts: Striped<{ 2 * ENDS + 2 }>,
    /// The functions whose retry this is.
    functions: Mutex<Vec<&'static dyn FirstTries>>,
}

const ENDS: usize = End::ALL.len();
const RETRIES: usize = 2 * ENDS;
const BACKOFF_NANOS: usize = RETRIES + 1;

impl Counters {
    /// From now on the first tries that `function` counts are some of these.
    pub(super) fn add_function(&self, function: &'static dyn FirstTries) {
        let mut functions = self.functions.lock();
        if !functions.iter().any(|known| std::ptr::addr_eq(*known, function)) {
            functions.push(function);
        }
    }

    #[inline]
    pub(super) fn ended(&self, retried: bool, end: End) {
        self.counts.add(usize::from(retried) * ENDS + end as usize, 1);
    }

    pub(super) fn retried(&self) {
        self.counts.add(RETRIES, 1);
    }

    pub(super) fn backed_off(&self, delay: Duration) {
        self.counts.add(BACKOFF_NANOS, nanos(delay));
    }

    pub(super) fn stats(&self, budget: Option<BudgetStats>) -> RetryStats {
        let totals = self.totals();
        let either = |end: End| totals.results[0][end as usize] + totals.results[1][end as usize];
        let (calls, successes, cancelled) =
            (End::ALL.into_iter().map(either).sum(), either(End::Success), either(End::Cancelled));
        RetryStats {
            calls,
            successes,
            failures: calls - successes - cancelled,
            cancelled,
            retries: self.counts.get(RETRIES),
            successes_without_retry: totals.results[0][End::Success as usize],
            successes_with_retry: totals.results[1][End::Success as usize],
            not_retryable: either(End::NotRetryable),
            max_attempts_reached: either(End::MaxAttempts),
            max_duration_reached: either(End::MaxDuration),
            budget_exhausted: either(End::BudgetExhausted),
            backoff: totals.backoff,
            budget,
        }
    }

    pub(super) fn totals(&self) -> RetryTotals {
        let mut results: [[u64; End::ALL.len()]; 2] =
            std::array::from_fn(|retried| std::array::from_fn(|end| self.counts.get(retried * ENDS + end)));
        let first_tries: u64 = self.functions.lock().iter().map(|function| function.first_tries()).sum();
        results[0][End::Success as usize] += first_tries;
        let calls: u64 = results.iter().flatten().sum();
        RetryTotals {
            results,
            attempts: calls + self.counts.get(RETRIES),
            backoff: Duration::from_nanos(self.counts.get(BACKOFF_NANOS)),
        }
    }
}

/// What exporters read of a retry.
#[derive(Debug, Clone)]
pub(crate) struct RetryTotals {
    /// By whether the call was retried, and by [`End::ALL`].
    pub(crate) results: [[u64; End::ALL.len()]; 2],
    /// Calls of the body.
    pub(crate) attempts: u64,
    pub(crate) backoff: Duration,
}
