//! The layers of an expansion, as functions: each is a thin call into its policy.

use std::future::Future;
use std::time::Duration;

use crate::circuit_breaker::{CircuitBreaker, Permit};
use crate::clock;
use crate::error::Error;
use crate::fallback::{Applied, Fallback};
use crate::frame::Frame;
use crate::function::{Call, Function};
use crate::outcome::{Caught, Verdict};
use crate::retry::{Attempts, Retry};
use crate::timeout::{self, Limited, Timeout};

/// Runs a sync body. A function and not an immediately called closure: that would be inferred to be `FnMut`, which
/// cannot return what it borrows.
#[inline]
pub fn once<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// The default of a predicate that picks errors.
pub fn always<T: ?Sized>(_: &T) -> bool {
    true
}

/// The default of a predicate that nothing satisfies.
pub fn never<T: ?Sized>(_: &T) -> bool {
    false
}

/// The default of `retry_after`.
pub fn no_hint<T: ?Sized>(_: &T) -> Option<Duration> {
    None
}

/// The text of an error that has none.
pub fn no_text<T: ?Sized>(_: &T) -> String {
    String::new()
}

/// Begins a call of the function.
pub fn enter<'a>(function: &'static Function, frame: &'a Frame) -> Call<'a> {
    Call::enter(function, frame)
}

/// Begins the attempts of a sync call.
pub fn attempts<'a>(retry: &'a Retry, frame: &'a Frame) -> Attempts<'a> {
    retry.start_in(frame)
}

/// Begins the attempts of an async call.
pub fn attempts_async<'a>(retry: &'a Retry, frame: &'a Frame) -> Attempts<'a> {
    retry.start_in_task(frame)
}

/// An error of a hook that speaks for the body.
pub fn from_user<C: Caught>(error: C::User) -> C {
    C::from_user(error)
}

/// Waits between attempts.
pub async fn sleep(delay: Duration) {
    clock::sleep(delay).await;
}

/// Waits between attempts, blocking the thread.
pub fn sleep_blocking(delay: Duration) {
    clock::sleep_blocking(delay);
}

/// Asks a breaker to pass.
#[allow(clippy::missing_errors_doc)]
pub fn admit<'a>(breaker: &'a CircuitBreaker, frame: &'a Frame) -> Result<Permit<'a>, Error> {
    breaker.admit(frame)
}

impl Permit<'_> {
    /// Reports the outcome by the rules of an attribute. Returns whether `ignore_if` took the error.
    ///
    /// A time-out of an inner layer is a failure; any other refusal never reached the dependency and is not recorded. For
    /// the caller it is a failure all the same, so it does not count as ignored.
    #[doc(hidden)]
    pub fn judge<T, C: Caught>(
        self,
        outcome: &Result<T, C>,
        failure_if: impl FnOnce(&C::User) -> bool,
        ignore_if: impl FnOnce(&C::User) -> bool,
        failure_if_result: impl FnOnce(&T) -> bool,
    ) -> bool {
        let failed_if = |failed| {
            if failed { Verdict::Failure } else { Verdict::Success }
        };
        let mut ignored = false;
        let verdict = match outcome {
            Ok(value) => failed_if(failure_if_result(value)),
            Err(caught) => match (caught.user(), caught.refusal()) {
                (Some(error), _) if ignore_if(error) => {
                    ignored = true;
                    Verdict::Ignored
                }
                (Some(error), _) => failed_if(failure_if(error)),
                (None, Some(refusal)) if !refusal.body_ran() => Verdict::Ignored,
                (None, _) => Verdict::Failure,
            },
        };
        self.report(verdict);
        ignored
    }
}

/// Limits a future, which the coroutine of `frame` awaits.
#[inline]
pub fn limit<'a, F, P>(
    timeout: &'a Timeout,
    limit: Duration,
    frame: &'a Frame,
    future: F,
    failed: P,
) -> Limited<'a, F, P>
where
    F: Future,
    P: Fn(&F::Output) -> bool,
{
    timeout::limit(timeout, limit, frame, future, failed)
}

/// Runs a sync body in place; a late result is a time-out.
#[allow(clippy::missing_errors_doc)]
pub fn within<X>(timeout: &Timeout, limit: Duration, body: impl FnOnce() -> X) -> Result<X, Error> {
    timeout::within(timeout, limit, body)
}

/// Runs a sync body on a worker thread.
#[allow(clippy::missing_errors_doc)]
pub fn on_worker<X: Send + 'static>(
    timeout: &Timeout,
    limit: Duration,
    body: impl FnOnce() -> X + Send + 'static,
) -> Result<X, Error> {
    timeout::on_worker(timeout, limit, body)
}

/// A fallback is about to run.
pub fn apply<'a>(fallback: &'a Fallback, frame: &'a Frame) -> Applied<'a> {
    fallback.apply(frame)
}
