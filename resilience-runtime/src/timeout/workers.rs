//! What an application sees of the worker threads, and may set.

use serde::Serialize;

use super::pool::WORKERS;

/// The worker threads of sync timeouts: see [`workers`].
///
/// ```
/// let workers = resilience_runtime::timeout::workers();
/// assert!(workers.abandoned <= workers.busy && workers.threads <= workers.max);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WorkerStats {
    /// The threads there are.
    pub threads: usize,
    /// Those that run a body, abandoned ones included.
    pub busy: usize,
    /// Those that wait for one.
    pub idle: usize,
    /// Bodies that run although their caller has left.
    pub abandoned: usize,
    /// How many threads there may be.
    pub max: usize,
}

/// The state of the worker threads of sync timeouts.
///
/// ```
/// let workers = resilience_runtime::timeout::workers();
/// assert_eq!(workers.threads, workers.busy + workers.idle);
/// ```
#[must_use]
pub fn workers() -> WorkerStats {
    WORKERS.stats()
}

/// Bounds the worker threads of sync timeouts, 256 by default; 0 is taken as 1.
///
/// Abandoned bodies hold their threads and count. A call that finds `max` threads busy is refused with
/// [`Error::BulkheadFull`](crate::Error::BulkheadFull). When the bound is lowered, running bodies are left alone.
///
/// ```standalone_crate
/// use resilience_runtime::timeout;
///
/// timeout::set_max_workers(32);
/// assert_eq!(timeout::workers().max, 32);
/// ```
pub fn set_max_workers(max: usize) {
    WORKERS.set_max(max);
}
