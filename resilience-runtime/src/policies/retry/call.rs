//! The drivers: a retry around a closure or an async closure.

use std::future::Future;

use super::first::{Delay, First};
use super::pause::pause;
use super::{Attempts, Retry, Step};
use crate::context::frame::{Frame, watch};
use crate::core::clock;
use crate::core::outcome::Outcome;

impl Retry {
    /// Runs `body` until it succeeds or the retry gives up; every error may be retried, unless the retry is not
    /// `idempotent`. Delays block the thread.
    ///
    /// A refusal by a policy inside goes by the [rules for refusals](super), where the error type shows it:
    /// [`resilience::Error`](crate::Error) itself, or inside of a [`std::io::Error`] or a boxed error. In an error type of
    /// your own it is an error like any other: use a [`Pipeline`](crate::Pipeline), which sees it before it is converted.
    ///
    /// The error type must be `'static`, so that a refusal can be looked for in it; in a pipeline and in
    /// [`call_with`](Self::call_with) it may borrow.
    ///
    /// ```
    /// use resilience::Retry;
    ///
    /// let mut tries = 0;
    /// let retry = Retry::builder("search").base_delay(std::time::Duration::from_millis(1)).build()?;
    /// let page = retry.call(|| { tries += 1; if tries < 3 { Err("busy") } else { Ok("page") } });
    /// assert_eq!(page, Ok("page"));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// The body's last error, unchanged.
    ///
    /// # Panics
    /// With the panic of the body, which is not retried.
    pub fn call<R: Outcome<Err: 'static>>(&self, mut body: impl FnMut() -> R) -> R {
        if !self.0.is_plain {
            return self.attempt(None, body);
        }
        match self.first_ended(self.first(|| body().into_result())) {
            Ok(value) => R::from_result(Ok(value)),
            Err(error) => self.attempt(Some(error), body),
        }
    }

    /// The attempts of a call, of which the first may have failed already.
    #[cold]
    fn attempt<R: Outcome<Err: 'static>>(&self, mut failed: Option<R::Err>, mut body: impl FnMut() -> R) -> R {
        let frame = Frame::new();
        let mut attempts = self.start_in(&frame);
        loop {
            attempts.begin();
            let error = match failed.take().map_or_else(|| body().into_result(), Err) {
                Ok(value) => {
                    attempts.stop(true);
                    return R::from_result(Ok(value));
                }
                Err(error) => error,
            };
            match attempts.failed(&error) {
                Step::Done => return R::from_result(Err(error)),
                Step::Retry(delay) => {
                    drop(error);
                    clock::sleep_blocking(delay);
                }
            }
        }
    }

    /// Like [`call`](Self::call); `judge` decides after each attempt, through [`Attempts::again_after`] and
    /// [`Attempts::stop`], and for a refusal through [`Attempts::after_refusal`]. The twin of `retry_if`, `abort_if`, `retry_if_result` and `retry_after`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::Retry;
    /// use resilience::retry::{Attempts, Step};
    ///
    /// #[derive(Debug, PartialEq)]
    /// enum Error { Busy { retry_after: Duration }, NotFound }
    ///
    /// fn judge(attempts: &mut Attempts<'_>, outcome: &Result<u32, Error>) -> Step {
    ///     match outcome {
    ///         Ok(_) => attempts.stop(true),
    ///         Err(Error::Busy { retry_after }) => attempts.again_after(*retry_after),
    ///         Err(Error::NotFound) => attempts.stop(false),
    ///     }
    /// }
    ///
    /// let retry = Retry::builder("search").base_delay(Duration::from_millis(1)).build()?;
    /// let busy = Error::Busy { retry_after: Duration::from_millis(2) };
    /// let mut answers = [Err(busy), Err(Error::NotFound)].into_iter();
    /// assert_eq!(retry.call_with(judge, || answers.next().unwrap()), Err(Error::NotFound));
    /// assert_eq!(retry.stats().not_retryable, 1);
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// As [`call`](Self::call).
    ///
    /// # Panics
    /// With the panic of the body or of `judge`.
    pub fn call_with<R: Outcome>(
        &self,
        mut judge: impl FnMut(&mut Attempts<'_>, &R) -> Step,
        mut body: impl FnMut() -> R,
    ) -> R {
        let frame = Frame::new();
        let mut attempts = self.start_in(&frame);
        loop {
            attempts.begin();
            let outcome = body();
            match judge(&mut attempts, &outcome) {
                Step::Done => return outcome,
                Step::Retry(delay) => clock::sleep_blocking(delay),
            }
        }
    }

    /// Awaits the futures that `body` makes until one succeeds or the retry gives up, under any executor. For refusals,
    /// and for why the error type must be `'static`, see [`call`](Self::call).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), resilience::ConfigError> {
    /// use std::cell::Cell;
    /// use std::time::Duration;
    /// use resilience::Retry;
    ///
    /// let retry = Retry::builder("search").base_delay(Duration::from_millis(1)).build()?;
    /// let calls = Cell::new(0);
    /// let page = retry.call_async(async || {
    ///     calls.set(calls.get() + 1);
    ///     if calls.get() < 2 { Err("busy") } else { Ok("page") }
    /// });
    /// assert_eq!((page.await, calls.get()), (Ok("page"), 2));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`call`](Self::call).
    ///
    /// # Panics
    /// With the panic of the body, which is not retried.
    ///
    /// # Cancel safety
    /// Dropping the future drops the attempt under way, or ends the delay; the call counts as cancelled, or as one
    /// that took too long when the [ambient deadline](crate::deadline) has passed and it had at least half of that limit.
    pub async fn call_async<R: Outcome<Err: 'static>, F: Future<Output = R>>(&self, mut body: impl FnMut() -> F) -> R {
        let mut delay = None;
        // What makes the future of an attempt may take a while.
        let frame = Frame::begun();
        if self.0.is_plain {
            let attempt = self.first(&mut body);
            // An error that comes back is handed on here, so that the future need not carry it any further.
            match First::new(self, &frame, attempt).await {
                Ok(value) => return R::from_result(Ok(value)),
                Err(error) => match self.first_failed(&frame, &error) {
                    None => return R::from_result(Err(error)),
                    due => {
                        self.first(|| drop(error));
                        delay = due;
                    }
                },
            }
        }
        self.attempt_async(&frame, delay, body).await
    }

    /// The attempts of an async call; where the first has failed already, those after the delay.
    async fn attempt_async<R: Outcome<Err: 'static>, F: Future<Output = R>>(
        &self,
        frame: &Frame,
        delay: Option<Delay>,
        mut body: impl FnMut() -> F,
    ) -> R {
        let mut attempts = self.start_in_task(frame);
        if let Some(delay) = delay {
            pause(frame, attempts.after_first(delay)).await;
        }
        loop {
            attempts.begin();
            // The error goes before the sleep: a future that sleeps should not carry it.
            let delay = match watch(frame, body()).await.into_result() {
                Ok(value) => {
                    attempts.stop(true);
                    return R::from_result(Ok(value));
                }
                Err(error) => match attempts.failed(&error) {
                    Step::Done => return R::from_result(Err(error)),
                    Step::Retry(delay) => delay,
                },
            };
            pause(frame, delay).await;
        }
    }

    /// Like [`call_async`](Self::call_async), with the decisions of [`call_with`](Self::call_with).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), resilience::ConfigError> {
    /// use resilience::retry::{Attempts, Retry};
    ///
    /// let retry = Retry::builder("search").build()?;
    /// let judge = |attempts: &mut Attempts<'_>, page: &Result<(), _>| attempts.stop(page.is_ok());
    /// assert_eq!(retry.call_async_with(judge, async || Err("gone")).await, Err("gone"));
    /// assert_eq!(retry.stats().retries, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`call`](Self::call).
    ///
    /// # Panics
    /// As [`call_async`](Self::call_async).
    ///
    /// # Cancel safety
    /// As [`call_async`](Self::call_async).
    pub async fn call_async_with<R: Outcome, F: Future<Output = R>>(
        &self,
        mut judge: impl FnMut(&mut Attempts<'_>, &R) -> Step,
        mut body: impl FnMut() -> F,
    ) -> R {
        let frame = Frame::begun();
        let mut attempts = self.start_in_task(&frame);
        loop {
            attempts.begin();
            let outcome = watch(&frame, body()).await;
            match judge(&mut attempts, &outcome) {
                Step::Done => return outcome,
                Step::Retry(delay) => pause(&frame, delay).await,
            }
        }
    }
}
