//! The forms of a call: what expansions use, and the methods for use without them.

use std::future::Future;
use std::panic::resume_unwind;
use std::time::Duration;

use crate::context::deadline;
use crate::context::frame::Frame;
use crate::core::clock::nanos;
use crate::core::error::Error;
use crate::core::outcome::{Fault, FromRefusal, Outcome};

use super::handle::Timeout;
use super::job;
use super::limited::{Returned, limit};
use super::pool::{Pool, WORKERS};

impl Timeout {
    /// Runs `body` in place, with the deadline set for everything it calls; a late success becomes a timeout. A late
    /// error of the body comes back as it is, and is counted as a timeout all the same.
    ///
    /// This is `mode = deadline`: nothing interrupts the body, which can read
    /// [`deadline::remaining`](crate::deadline::remaining).
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::{Error, Timeout, deadline};
    ///
    /// let timeout = Timeout::builder("report").duration(Duration::from_secs(5)).build()?;
    /// let lines = timeout.call(|| {
    ///     let in_time = |line: &u32| *line < 3 && deadline::remaining() != Some(Duration::ZERO);
    ///     Ok::<_, Error>((0..).take_while(in_time).count())
    /// });
    /// assert_eq!(lines, Ok(3));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// The body's own, or [`Error::Timeout`] when its success comes late, or when the ambient deadline had passed and
    /// the body did not run; an `Option` becomes `None`.
    ///
    /// # Panics
    /// With the panic of the body.
    pub fn call<R>(&self, body: impl FnOnce() -> R) -> R
    where
        R: Outcome,
        R::Err: FromRefusal,
    {
        settle(within(self, self.own_limit(), body))
    }

    /// Runs `body` on a worker thread and waits for it, for no longer than the limit or the ambient deadline.
    ///
    /// This is `mode = thread`. A body that takes longer is abandoned: it runs on, counted in
    /// [`TimeoutStats::abandoned`](super::TimeoutStats::abandoned), and its result is dropped. The worker has the
    /// caller's deadline, tracing span and tokio handle. The wait is real time, also under a stopped clock.
    ///
    /// The body may use the runtime of its caller through the handle. Where that runtime has one thread only, the caller
    /// keeps this thread waiting, and a body that waits for one of its timers is stuck until the limit.
    ///
    /// A call never queues for a worker thread.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::{Error, Timeout};
    ///
    /// let timeout = Timeout::builder("checksum").duration(Duration::from_secs(5)).build()?;
    /// let bytes = vec![1_u8; 1000];
    /// let sum = timeout.call_on_thread(move || Ok::<_, Error>(bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>()));
    /// assert_eq!(sum, Ok(1000));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// As [`call`](Self::call), and [`Error::BulkheadFull`] when every worker thread is busy, or as
    /// many of them as one function may hold are busy with this one: see [`set_max_workers`](super::set_max_workers).
    ///
    /// # Panics
    /// With the panic of the body. A panic of an abandoned body is logged.
    pub fn call_on_thread<R>(&self, body: impl FnOnce() -> R + Send + 'static) -> R
    where
        R: Outcome + Send + 'static,
        R::Err: FromRefusal,
    {
        settle(on_worker(self, self.own_limit(), body))
    }

    /// Awaits the future that `body` makes for no longer than the limit, counted from the first poll, under any executor.
    /// What `body` does by itself is under the limit as well.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), resilience::ConfigError> {
    /// use std::time::Duration;
    /// use resilience::{Error, Timeout};
    ///
    /// let timeout = Timeout::builder("search").duration(Duration::from_secs(2)).build()?;
    /// let page = timeout.call_async(|| async { Ok::<_, Error>("page") }).await;
    /// assert_eq!(page, Ok("page"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The body's own, or [`Error::Timeout`] at the limit; an `Option` becomes `None`. A nearer deadline around the call is
    /// no limit of this one: whoever set it drops the call.
    ///
    /// # Panics
    /// With the panic of the body.
    ///
    /// # Cancel safety
    /// Dropping the future drops the body and counts a cancelled call; after the limit, one that timed out. Dropped before
    /// its first poll it counts nothing, and `body` is not called.
    pub async fn call_async<R, F>(&self, body: impl FnOnce() -> F) -> R
    where
        F: Future<Output = R>,
        R: Outcome,
        R::Err: FromRefusal,
    {
        // Called when it is polled: what it does by itself counts, and sees the deadline.
        let body = async { body().await };
        let result = limit(self, nanos(self.own_limit()), &Frame::new(), body, Returned::NEW).await;
        R::from_result(result.map_err(Fault::into_user))
    }
}

fn settle<R>(result: Result<R, Error>) -> R
where
    R: Outcome,
    R::Err: FromRefusal,
{
    result.unwrap_or_else(|refused| R::from_result(Err(R::Err::from_refusal(refused))))
}

/// Counts a body that panics: it came to its end within the limit.
struct Unwinding<'a>(&'a Timeout);

impl Drop for Unwinding<'_> {
    fn drop(&mut self) {
        self.0.completed();
    }
}

/// Runs `body` in place; a late success becomes [`Error::Timeout`]. A late failure says more than that, and stays.
///
/// # Errors
/// [`Error::Timeout`], also when the ambient deadline had passed and the body did not run.
pub(crate) fn within<X: Outcome>(timeout: &Timeout, limit: Duration, body: impl FnOnce() -> X) -> Result<X, Error> {
    let term = timeout.start_sync(limit)?;
    let unwinding = Unwinding(timeout);
    let output = {
        let _ambient = deadline::enter(term.limit().nearer(deadline::limit()));
        body()
    };
    std::mem::forget(unwinding);
    if term.is_over() {
        let refusal = timeout.timed_out(term, None);
        return if output.is_failure() { Ok(output) } else { Err(refusal) };
    }
    timeout.completed();
    Ok(output)
}

/// Runs `body` on a worker thread, waits for at most `limit` of real time, and then abandons it.
///
/// # Errors
/// [`Error::Timeout`], also when the ambient deadline had passed and the body did not run; [`Error::BulkheadFull`]
/// when every worker thread is busy, or this timeout's share of them.
///
/// # Panics
/// With the panic of the body.
pub(crate) fn on_worker<X, F>(timeout: &Timeout, limit: Duration, body: F) -> Result<X, Error>
where
    X: Send + 'static,
    F: FnOnce() -> X + Send + 'static,
{
    on_worker_of(&WORKERS, timeout, limit, body)
}

pub(super) fn on_worker_of<X, F>(pool: &'static Pool, timeout: &Timeout, limit: Duration, body: F) -> Result<X, Error>
where
    X: Send + 'static,
    F: FnOnce() -> X + Send + 'static,
{
    let term = timeout.start_sync(limit)?;
    let outer = deadline::limit();
    let left = term.left(outer);
    let (job, ticket) = job::new(pool, timeout, term.limit().nearer(outer), body);
    pool.submit(job).map_err(|busy| timeout.refuse_busy(&busy))?;
    match ticket.wait(left.unwrap_or(term.written())) {
        Some(output) => {
            timeout.completed();
            Ok(output.unwrap_or_else(|panic| resume_unwind(panic)))
        }
        None => Err(timeout.timed_out(term, left)),
    }
}
