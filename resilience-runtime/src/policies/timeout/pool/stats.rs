//! What a pool tells about itself.

use serde::Serialize;

/// The worker threads of sync timeouts: see [`workers`](super::super::workers()).
///
/// ```
/// let workers = resilience::timeout::workers();
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
    /// How many threads there may be: [`set_max_workers`](super::super::set_max_workers).
    pub max: usize,
    /// How many of them the bodies of one function may hold: [`set_max_worker_share`](super::super::set_max_worker_share).
    pub max_per_function: usize,
}
