//! What an application sees of the worker threads, and may set.

use super::pool::{WORKERS, WorkerStats};

/// The state of the worker threads of sync timeouts.
///
/// ```
/// let workers = resilience::timeout::workers();
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
/// No function may hold more than half of the threads, unless [`set_max_worker_share`] says otherwise.
///
/// ```standalone_crate
/// use resilience::timeout;
///
/// timeout::set_max_workers(32);
/// assert_eq!(timeout::workers().max, 32);
/// ```
pub fn set_max_workers(max: usize) {
    WORKERS.set_max(max);
}

/// Bounds the share of the worker threads that the bodies of one function may hold, 0.5 by default.
///
/// A function whose bodies all hang would otherwise take every thread, and all other sync functions with a timeout would
/// be refused. A function is known by the name of its timeout: those that share one share its part. What it may hold are
/// whole threads, rounded down, and at least one. A call beyond that is refused with an
/// [`Error::BulkheadFull`](crate::Error::BulkheadFull) that says so. With 1.0 there is no bound but
/// [`set_max_workers`]; a value outside of 0 to 1 is taken as the nearer of the two, what is not a number as 0. When the
/// share is lowered, running bodies are left alone.
///
/// ```standalone_crate
/// use std::time::Duration;
/// use resilience::{Error, Timeout, timeout};
///
/// timeout::set_max_workers(4);
/// timeout::set_max_worker_share(0.25);
/// assert_eq!(timeout::workers().max_per_function, 1);
///
/// let report = Timeout::builder("report").duration(Duration::from_secs(5)).build()?;
/// let same = report.clone();
/// let refused = report.call_on_thread(move || same.call_on_thread(|| Ok::<(), Error>(())));
/// let Err(Error::BulkheadFull(full)) = refused else { unreachable!("the outer body has the one thread") };
/// assert_eq!((full.limit(), full.is_share()), (1, true));
///
/// let other = Timeout::builder("other").duration(Duration::from_secs(5)).build()?;
/// assert_eq!(report.call_on_thread(move || other.call_on_thread(|| Ok::<_, Error>(3))), Ok(3));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
pub fn set_max_worker_share(share: f64) {
    WORKERS.set_share(share);
}
