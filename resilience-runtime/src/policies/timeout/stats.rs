//! What a timeout counts.

use serde::Serialize;

/// The counters of a [`Timeout`](super::Timeout). All but `abandoned` only grow.
///
/// ```
/// use std::time::Duration;
/// use resilience::{Error, Timeout};
///
/// let timeout = Timeout::builder("report").duration(Duration::from_secs(5)).build()?;
/// let _ = timeout.call(|| Err::<(), _>(Error::rate_limited("upstream", None)));
/// assert_eq!((timeout.stats().completed, timeout.stats().timed_out), (1, 0));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TimeoutStats {
    /// Calls that are done: each is one of the next four.
    pub calls: u64,
    /// Bodies that were done in time, with whatever result; a panic counts here.
    pub completed: u64,
    /// Calls whose limit passed. With `mode = thread` also those that an outer deadline gave less time.
    pub timed_out: u64,
    /// Calls that were dropped, by their caller or by an outer limit, before their body was done and before their limit
    /// passed.
    pub cancelled: u64,
    /// Sync calls whose body did not run: the ambient deadline had passed, or no worker thread was free.
    pub rejected: u64,
    /// Bodies that run at this moment, on worker threads, although their caller has left.
    pub abandoned: u64,
}
