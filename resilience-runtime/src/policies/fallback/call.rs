//! The drivers: a fallback behind a closure or a future.

use std::future::Future;

use super::{Fallback, Recovery};
use crate::context::frame::{Frame, watch};
use crate::core::outcome::Outcome;

impl Fallback {
    /// Runs `body`, and `instead` with its error when it fails. An error that `instead` returns is an answer, too, and a
    /// failed one, also where it is the one it was given: to leave some errors alone use [`call_with`](Self::call_with) or
    /// [`recover`](Self::recover).
    ///
    /// ```
    /// use resilience::Fallback;
    ///
    /// let fallback = Fallback::new("page");
    /// let page = fallback.call(|| Err("down"), |_error| Ok::<_, &str>("cached"));
    /// assert_eq!(page, Ok("cached"));
    /// assert_eq!(fallback.stats().successes, 1);
    /// ```
    ///
    /// # Errors
    /// That of `instead`.
    ///
    /// # Panics
    /// With the panic of either. A panic of `body` is not answered for; one of `instead` counts as its failure.
    pub fn call<R: Outcome>(&self, body: impl FnOnce() -> R, instead: impl FnOnce(R::Err) -> R) -> R {
        self.recover(body, |error| Recovery::Applied(instead(error)))
    }

    /// Runs `body`, and `instead` with its outcome when `when` says so; any other outcome passes as it is, and the fallback
    /// is not applied. The twin of `when` and `when_result`.
    ///
    /// ```
    /// use resilience::Fallback;
    ///
    /// let fallback = Fallback::new("page");
    /// let ask = |answer: Result<&'static str, u16>| {
    ///     fallback.call_with(|page| matches!(page, Ok("") | Err(500..)), || answer, |_| Ok("cached"))
    /// };
    /// assert_eq!([ask(Ok("page")), ask(Ok("")), ask(Err(503))], [Ok("page"), Ok("cached"), Ok("cached")]);
    /// assert_eq!(ask(Err(404)), Err(404));
    /// assert_eq!((fallback.stats().successes, fallback.stats().failures), (2, 0));
    /// ```
    ///
    /// # Errors
    /// The body's own where `when` leaves it alone; else that of `instead`.
    ///
    /// # Panics
    /// With the panic of any of the three. One of `instead` counts as its failure.
    pub fn call_with<R: Outcome>(
        &self,
        when: impl FnOnce(&R) -> bool,
        body: impl FnOnce() -> R,
        instead: impl FnOnce(R) -> R,
    ) -> R {
        let outcome = body();
        if !when(&outcome) {
            return outcome;
        }
        let frame = Frame::new();
        let applied = self.apply(&frame);
        let answer = instead(outcome);
        applied.done(!answer.is_failure());
        answer
    }

    /// Awaits the future that `body` makes, and when it fails the one that `instead` makes of its error.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use resilience::Fallback;
    ///
    /// let fallback = Fallback::new("page");
    /// let page = fallback.call_async(|| async { Err("down") }, async |_error| Ok("cached"));
    /// assert_eq!(page.await, Ok("cached"));
    /// # }
    /// ```
    ///
    /// # Errors
    /// That of `instead`.
    ///
    /// # Cancel safety
    /// Dropping the future drops whichever of the two is under way. A dropped `instead` is counted as cancelled; after the
    /// [ambient deadline](crate::deadline), when it is a limit that drops it, as a failure, if the call began with at least
    /// half of that limit.
    pub async fn call_async<R: Outcome, F: Future<Output = R>, A: Future<Output = R>>(
        &self,
        body: impl FnOnce() -> F,
        instead: impl FnOnce(R::Err) -> A,
    ) -> R {
        let frame = Frame::begun();
        match watch(&frame, body()).await.into_result() {
            Ok(value) => R::from_result(Ok(value)),
            Err(error) => {
                let applied = self.apply(&frame);
                let answer = watch(&frame, instead(error)).await;
                applied.done(!answer.is_failure());
                answer
            }
        }
    }

    /// Like [`call_async`](Self::call_async), with the decision of [`call_with`](Self::call_with).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use resilience::Fallback;
    ///
    /// let fallback = Fallback::new("page");
    /// let page = fallback.call_async_with(Option::is_none, || async { Some("page") }, async |_| Some("cached"));
    /// assert_eq!((page.await, fallback.stats().successes), (Some("page"), 0));
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`call_with`](Self::call_with).
    ///
    /// # Cancel safety
    /// As [`call_async`](Self::call_async).
    pub async fn call_async_with<R: Outcome, F: Future<Output = R>, A: Future<Output = R>>(
        &self,
        when: impl FnOnce(&R) -> bool,
        body: impl FnOnce() -> F,
        instead: impl FnOnce(R) -> A,
    ) -> R {
        let frame = Frame::begun();
        let outcome = watch(&frame, body()).await;
        if !when(&outcome) {
            return outcome;
        }
        let applied = self.apply(&frame);
        let answer = watch(&frame, instead(outcome)).await;
        applied.done(!answer.is_failure());
        answer
    }

    /// Runs `body`, and `instead` with its error when it fails, which answers or hands the error back: then that passes as it
    /// is, and the fallback is not applied. For answers that look at the error before they know whether they have one; where
    /// a predicate knows it beforehand there is [`call_with`](Self::call_with).
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use resilience::Fallback;
    /// use resilience::fallback::Recovery;
    ///
    /// #[derive(Debug, PartialEq)]
    /// enum Error { NotFound, Unreachable { host: &'static str } }
    ///
    /// let (fallback, mirrors) = (Fallback::new("page"), HashMap::from([("eu", "a page of the mirror")]));
    /// let ask = |error| {
    ///     fallback.recover(|| Err(error), |error| match error {
    ///         Error::Unreachable { host } if mirrors.contains_key(host) => Recovery::Applied(Ok(mirrors[host])),
    ///         other => Recovery::NotApplied(other),
    ///     })
    /// };
    /// assert_eq!(ask(Error::Unreachable { host: "eu" }), Ok("a page of the mirror"));
    /// assert_eq!(ask(Error::Unreachable { host: "us" }), Err(Error::Unreachable { host: "us" }));
    /// assert_eq!(ask(Error::NotFound), Err(Error::NotFound));
    /// assert_eq!((fallback.stats().successes, fallback.stats().failures), (1, 0));
    /// ```
    ///
    /// # Errors
    /// The body's own where it is handed back; else that of the answer.
    ///
    /// # Panics
    /// With the panic of either. A panic of `body` is not answered for; one of `instead` counts as its failure.
    pub fn recover<R: Outcome>(
        &self,
        body: impl FnOnce() -> R,
        instead: impl FnOnce(R::Err) -> Recovery<R, R::Err>,
    ) -> R {
        match body().into_result() {
            Ok(value) => R::from_result(Ok(value)),
            Err(error) => {
                let frame = Frame::new();
                let applied = self.apply(&frame);
                applied.recovered(instead(error)).unwrap_or_else(|error| R::from_result(Err(error)))
            }
        }
    }

    /// Like [`recover`](Self::recover), with a body and an answer that are awaited.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use resilience::Fallback;
    /// use resilience::fallback::Recovery;
    ///
    /// async fn cached(status: u16) -> Recovery<Result<&'static str, u16>, u16> {
    ///     if status >= 500 { Recovery::Applied(Ok("cached")) } else { Recovery::NotApplied(status) }
    /// }
    ///
    /// let fallback = Fallback::new("page");
    /// assert_eq!(fallback.recover_async(|| async { Err(503) }, cached).await, Ok("cached"));
    /// assert_eq!(fallback.recover_async(|| async { Err(404) }, cached).await, Err(404));
    /// assert_eq!((fallback.stats().successes, fallback.stats().failures), (1, 0));
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`recover`](Self::recover).
    ///
    /// # Cancel safety
    /// As [`call_async`](Self::call_async).
    pub async fn recover_async<R: Outcome, F: Future<Output = R>, A: Future<Output = Recovery<R, R::Err>>>(
        &self,
        body: impl FnOnce() -> F,
        instead: impl FnOnce(R::Err) -> A,
    ) -> R {
        let frame = Frame::begun();
        match watch(&frame, body()).await.into_result() {
            Ok(value) => R::from_result(Ok(value)),
            Err(error) => {
                let applied = self.apply(&frame);
                let recovery = watch(&frame, instead(error)).await;
                applied.recovered(recovery).unwrap_or_else(|error| R::from_result(Err(error)))
            }
        }
    }
}
