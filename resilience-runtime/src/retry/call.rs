//! The drivers: a retry around a closure or an async closure.

use std::future::Future;

use super::{Attempts, Retry, Step};
use crate::clock;
use crate::frame::{Frame, watch};
use crate::outcome::Outcome;

impl Retry {
    /// Runs `body` until it succeeds or the retry gives up; every error may be retried. Delays block the thread.
    ///
    /// ```
    /// use resilience_runtime::Retry;
    ///
    /// let mut tries = 0;
    /// let retry = Retry::builder("search").base_delay(std::time::Duration::from_millis(1)).build()?;
    /// let page = retry.call(|| { tries += 1; if tries < 3 { Err("busy") } else { Ok("page") } });
    /// assert_eq!(page, Ok("page"));
    /// # Ok::<(), resilience_runtime::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// The body's last error, unchanged.
    pub fn call<R: Outcome>(&self, body: impl FnMut() -> R) -> R {
        self.call_with(after, body)
    }

    /// Like [`call`](Self::call); `judge` decides after each attempt, through [`Attempts::again_after`] and
    /// [`Attempts::stop`]. The twin of `retry_if`, `abort_if`, `retry_if_result` and `retry_after`.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub fn call_with<R: Outcome>(
        &self,
        mut judge: impl FnMut(&mut Attempts<'_>, &R) -> Step,
        mut body: impl FnMut() -> R,
    ) -> R {
        let frame = Frame::new();
        let mut attempts = self.start_in(&frame);
        loop {
            let outcome = body();
            match judge(&mut attempts, &outcome) {
                Step::Done => return outcome,
                Step::Retry(delay) => clock::sleep_blocking(delay),
            }
        }
    }

    /// Awaits the futures that `body` makes until one succeeds or the retry gives up.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    /// Dropping the future drops the attempt under way; the call counts as cancelled.
    pub async fn call_async<R: Outcome, F: Future<Output = R>>(&self, body: impl FnMut() -> F) -> R {
        self.call_async_with(after, body).await
    }

    /// Like [`call_async`](Self::call_async), with the decisions of [`call_with`](Self::call_with).
    ///
    /// # Errors
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    /// As [`call_async`](Self::call_async).
    pub async fn call_async_with<R: Outcome, F: Future<Output = R>>(
        &self,
        mut judge: impl FnMut(&mut Attempts<'_>, &R) -> Step,
        mut body: impl FnMut() -> F,
    ) -> R {
        let frame = Frame::new();
        let mut attempts = self.start_in(&frame);
        loop {
            let outcome = watch(&frame, body()).await;
            match judge(&mut attempts, &outcome) {
                Step::Done => return outcome,
                Step::Retry(delay) => watch(&frame, clock::sleep(delay)).await,
            }
        }
    }
}

fn after<R: Outcome>(attempts: &mut Attempts<'_>, outcome: &R) -> Step {
    attempts.after(&if outcome.is_failure() { Err(()) } else { Ok(()) })
}
