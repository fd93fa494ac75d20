//! The drivers: a breaker around a closure, or around the future that one makes.

use std::future::Future;

use super::{CircuitBreaker, Pass};
use crate::context::frame::{Frame, watch};
use crate::core::error::Error;
use crate::core::outcome::{FromRefusal, Outcome, Verdict, words};

impl CircuitBreaker {
    /// Runs `body`, if the breaker lets it pass. `Err(_)`, `None` and a panic are failures, and so is a result that comes
    /// in after the [ambient deadline](crate::deadline), if at least half of that limit was left at the start. A refusal of
    /// a policy further in that never ran its body is ignored, where the error type shows it: see [`Verdict::of`]. A
    /// [`Pipeline`](crate::Pipeline) shows all of them.
    ///
    /// ```
    /// use resilience::{CircuitBreaker, Error};
    ///
    /// let breaker = CircuitBreaker::builder("jira_api").build()?;
    /// let page = breaker.call(|| Ok::<_, Error>("page"));
    /// assert_eq!(page, Ok("page"));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    ///
    /// The error type must be `'static`, so that a refusal can be looked for in it; in a
    /// [`Pipeline`](crate::Pipeline) and in [`call_with`](Self::call_with) it may borrow.
    ///
    /// # Errors
    /// The body's own, or [`Error::CircuitOpen`] through `E: From<Error>`; an `Option`
    /// becomes `None`.
    ///
    /// # Panics
    /// With the panic of the body, which counts as a failure.
    pub fn call<R>(&self, body: impl FnOnce() -> R) -> R
    where
        R: Outcome<Err: FromRefusal + 'static>,
    {
        let frame = Frame::new();
        let mut pass = Pass::new(self, &frame);
        match pass.ask() {
            Err(refusal) => refused(refusal),
            Ok(()) => report(&mut pass, body()),
        }
    }

    /// Like [`call`](Self::call); `judge` says what the outcome is to the breaker. The twin of `failure_if`,
    /// `ignore_if` and `failure_if_result`.
    ///
    /// ```
    /// use std::io;
    /// use resilience::{CircuitBreaker, Verdict};
    ///
    /// fn judge(outcome: &io::Result<u16>) -> Verdict {
    ///     match outcome {
    ///         Ok(500..) => Verdict::Failure,
    ///         Err(error) if error.kind() == io::ErrorKind::NotFound => Verdict::Success,
    ///         other => Verdict::of(other),
    ///     }
    /// }
    ///
    /// let breaker = CircuitBreaker::builder("jira_api").failure_threshold(1).build()?;
    /// let _ = breaker.call_with(judge, || Err(io::ErrorKind::NotFound.into()));
    /// assert_eq!(breaker.state().as_str(), "closed");
    /// let _ = breaker.call_with(judge, || Ok(503));
    /// assert_eq!(breaker.state().as_str(), "open");
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// As [`call`](Self::call).
    ///
    /// # Panics
    /// With the panic of the body, or of `judge`; either counts as a failure.
    pub fn call_with<R>(&self, judge: impl FnOnce(&R) -> Verdict, body: impl FnOnce() -> R) -> R
    where
        R: Outcome<Err: FromRefusal>,
    {
        let frame = Frame::new();
        let mut pass = Pass::new(self, &frame);
        if let Err(refusal) = pass.ask() {
            return refused(refusal);
        }
        let outcome = body();
        pass.report(judge(&outcome));
        outcome
    }

    /// Awaits the future that `body` makes, if the breaker lets the call pass: where it refuses, `body` is not called. The
    /// error type must be `'static`, as for [`call`](Self::call).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), resilience::ConfigError> {
    /// use resilience::{CircuitBreaker, Error};
    ///
    /// let breaker = CircuitBreaker::builder("jira_api").build()?;
    /// let page = breaker.call_async(|| async { Ok::<_, Error>("page") }).await;
    /// assert_eq!(page, Ok("page"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    /// Dropping the future cancels the call: it is neither success nor failure, and a probe's place is free again; after
    /// `slow_call_duration` it counts as a slow call, and as a failed probe. It is a failure when the [ambient
    /// deadline](crate::deadline) has passed meanwhile, and at least half of that limit was left at the start: then a
    /// timeout dropped it, and it had the time.
    pub async fn call_async<R, F>(&self, body: impl FnOnce() -> F) -> R
    where
        F: Future<Output = R>,
        R: Outcome<Err: FromRefusal + 'static>,
    {
        let frame = Frame::new();
        let mut pass = Pass::new(self, &frame);
        if let Err(refusal) = pass.ask() {
            return refused(refusal);
        }
        report(&mut pass, watch(&frame, body()).await)
    }

    /// Like [`call_async`](Self::call_async); `judge` says what the outcome is to the breaker.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), resilience::ConfigError> {
    /// use resilience::{CircuitBreaker, Error, Verdict};
    ///
    /// let breaker = CircuitBreaker::builder("jira_api").build()?;
    /// let page = breaker.call_async_with(|_| Verdict::Ignored, || async { Ok::<_, Error>("page") }).await;
    /// assert_eq!((page, breaker.stats().ignored), (Ok("page"), 1));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    /// As [`call_async`](Self::call_async).
    pub async fn call_async_with<R, F>(&self, judge: impl FnOnce(&R) -> Verdict, body: impl FnOnce() -> F) -> R
    where
        F: Future<Output = R>,
        R: Outcome<Err: FromRefusal>,
    {
        let frame = Frame::new();
        let mut pass = Pass::new(self, &frame);
        if let Err(refusal) = pass.ask() {
            return refused(refusal);
        }
        let outcome = watch(&frame, body()).await;
        pass.report(judge(&outcome));
        outcome
    }
}

/// Reports the outcome. It is taken apart and put together again: moved as a whole a success would be copied, with the
/// room that its error needs.
#[inline(always)]
fn report<R: Outcome<Err: 'static>>(pass: &mut Pass<'_>, outcome: R) -> R {
    R::from_result(match outcome.into_result() {
        Ok(value) => {
            pass.report(Verdict::Success);
            Ok(value)
        }
        Err(error) => {
            match Verdict::of_error(&error) {
                Verdict::Failure => pass.report_failure(&|| Some(words(&error))),
                verdict => pass.report(verdict),
            }
            Err(error)
        }
    })
}

#[cold]
fn refused<R: Outcome<Err: FromRefusal>>(refusal: Error) -> R {
    R::from_result(Err(FromRefusal::from_refusal(refusal)))
}
