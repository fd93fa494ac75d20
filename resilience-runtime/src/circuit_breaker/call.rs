//! The drivers: a breaker around a closure or a future.

use std::future::Future;

use super::CircuitBreaker;
use crate::frame::{Frame, watch};
use crate::outcome::{FromRefusal, Outcome, Verdict};

impl CircuitBreaker {
    /// Runs `body`, if the breaker lets it pass. `Err(_)`, `None` and a panic are failures.
    ///
    /// ```
    /// use resilience_runtime::{CircuitBreaker, Error};
    ///
    /// let breaker = CircuitBreaker::builder("jira_api").build()?;
    /// let page = breaker.call(|| Ok::<_, Error>("page"));
    /// assert_eq!(page, Ok("page"));
    /// # Ok::<(), resilience_runtime::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// The body's own, or [`Error::CircuitOpen`](crate::Error::CircuitOpen) through `E: From<Error>`.
    pub fn call<R>(&self, body: impl FnOnce() -> R) -> R
    where
        R: Outcome<Err: FromRefusal>,
    {
        self.call_with(Verdict::of, body)
    }

    /// Like [`call`](Self::call); `judge` says what the outcome is to the breaker. The twin of `failure_if`,
    /// `ignore_if` and `failure_if_result`.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub fn call_with<R>(&self, judge: impl FnOnce(&R) -> Verdict, body: impl FnOnce() -> R) -> R
    where
        R: Outcome<Err: FromRefusal>,
    {
        let frame = Frame::new();
        match self.admit(&frame) {
            Err(refusal) => R::from_result(Err(FromRefusal::from_refusal(refusal))),
            Ok(permit) => {
                let outcome = body();
                permit.report(judge(&outcome));
                outcome
            }
        }
    }

    /// Awaits `body`, if the breaker lets it pass.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    /// Dropping the future abandons the call: it is neither success nor failure, and a probe's place is free again.
    pub async fn call_async<R>(&self, body: impl Future<Output = R>) -> R
    where
        R: Outcome<Err: FromRefusal>,
    {
        self.call_async_with(Verdict::of, body).await
    }

    /// Like [`call_async`](Self::call_async); `judge` says what the outcome is to the breaker.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    /// As [`call_async`](Self::call_async).
    pub async fn call_async_with<R>(&self, judge: impl FnOnce(&R) -> Verdict, body: impl Future<Output = R>) -> R
    where
        R: Outcome<Err: FromRefusal>,
    {
        let frame = Frame::new();
        match self.admit(&frame) {
            Err(refusal) => R::from_result(Err(FromRefusal::from_refusal(refusal))),
            Ok(permit) => {
                let outcome = watch(&frame, body).await;
                permit.report(judge(&outcome));
                outcome
            }
        }
    }
}
