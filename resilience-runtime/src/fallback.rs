//! Fallbacks: an answer for when there is none.
//!
//! A fallback stands in for a call that failed, in its own words: an older value, a default, another source. Its own
//! error replaces the original one. As the outermost layer it also answers for the refusals of the policies inside.
//!
//! # When not to use it
//!
//! * Where the caller cannot tell the stand-in from the real thing and must: return an error instead.
//! * Where the other source shares what failed: it fails at the same time, under more load.
//! * For a body that panics: a panic is no failure that a fallback sees; it goes on unwinding.
//!
//! # Options and defaults
//!
//! | option of `#[fallback]` | default | meaning |
//! |---|---|---|
//! | `path`, a closure, `value = ..`, `default` | required, one of them | what answers; `value` is the success value: `value = 1`, not `value = Ok(1)` |
//! | `when` | every error | `\|e: &E\| bool`: which errors it answers for |
//! | `when_result` | none | `\|v: &T\| bool`: which values it replaces; then it is given no error |
//! | `clone(..)` | none | arguments that the body consumes and the fallback needs |
//! | `name` | the path of the function | what it counts under |
//!
//! Without attributes the answer is a closure of [`Fallback::call`], and `when` and `when_result` are the predicate of
//! [`Fallback::call_with`]. What that leaves alone passes as it is, and the fallback is not applied: it is in no count.
//!
//! # What can be seen
//!
//! | event | log level | when |
//! |---|---|---|
//! | [`FellBack`](crate::EventKind::FellBack) | DEBUG | the fallback has answered, panicked, or was dropped by one of our timeouts |
//!
//! | metric | type | labels |
//! |---|---|---|
//! | `resilience_fallback_calls_total` | counter | `name`, `result` = success, failure, cancelled |
//!
//! [`Fallback::stats`] reads the same counts.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use resilience::{Error, Fallback, Timeout};
//!
//! let fallback = Fallback::new("page");
//! let timeout = Timeout::builder("page").duration(Duration::from_secs(2)).build()?;
//!
//! let page = fallback.call_with(
//!     |page: &Result<_, Error>| page.as_ref().is_err_and(Error::is_retryable),
//!     || timeout.call(|| Err(Error::rate_limited("upstream", None))),
//!     |_| Ok("yesterday's page"),
//! );
//! assert_eq!(page, Ok("yesterday's page"));
//! # Ok::<(), resilience::ConfigError>(())
//! ```

use std::borrow::Borrow;
use std::fmt;
use std::future::Future;
use std::task::Poll;

use serde::Serialize;

use crate::event::EventKind;
use crate::frame::{Cut, Frame, began, watch};
use crate::kind::PolicyKind;
use crate::name::Name;
use crate::observe::Observer;
use crate::outcome::Outcome;
use crate::policy::Policy;
use crate::stats::Counter;
use crate::sync::Arc;

/// A fallback. Clones share their counts. The rules are on [the module's page](self).
///
/// ```
/// use resilience::Fallback;
///
/// let fallback = Fallback::new("page");
/// let page = fallback.call(|| None, |_nothing| Some("cached"));
/// assert_eq!((page, fallback.name()), (Some("cached"), "page"));
/// ```
#[derive(Clone)]
pub struct Fallback(Arc<Inner>);

struct Inner {
    observer: Observer,
    successes: Counter,
    failures: Counter,
    cancelled: Counter,
}

/// A reading of a fallback: `stats()`. All counts only grow; calls that the fallback is not for are in none of them.
///
/// ```
/// use resilience::Fallback;
///
/// let fallback = Fallback::new("page");
/// let _ = fallback.call(|| Err::<(), _>("down"), |_| Err("nothing cached"));
/// assert_eq!((fallback.stats().successes, fallback.stats().failures), (0, 1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FallbackStats {
    /// Calls that it was asked to answer for, and that are done: each is one of the next three.
    pub calls: u64,
    /// Calls that it answered with a success.
    pub successes: u64,
    /// Calls that it answered with a failure, and those in which it panicked or was dropped by one of our timeouts.
    pub failures: u64,
    /// Calls that their caller dropped while it ran.
    pub cancelled: u64,
}

impl Fallback {
    /// A fallback that counts under `name`. What it answers with is said at each call.
    #[must_use]
    pub fn new(name: impl Into<Name>) -> Self {
        Self(Arc::new(Inner {
            observer: Observer::new(PolicyKind::Fallback, name.into()),
            successes: Counter::new(),
            failures: Counter::new(),
            cancelled: Counter::new(),
        }))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.observer.name().as_str()
    }

    /// A reading of the counts.
    #[must_use]
    pub fn stats(&self) -> FallbackStats {
        let [successes, failures, cancelled] =
            [&self.0.successes, &self.0.failures, &self.0.cancelled].map(Counter::get);
        FallbackStats { calls: successes + failures + cancelled, successes, failures, cancelled }
    }

    /// Runs `body`, and `instead` with its error when it fails. An error that `instead` hands back is an answer, too, and a
    /// failed one: to leave some errors alone use [`call_with`](Self::call_with).
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
        match body().into_result() {
            Ok(value) => R::from_result(Ok(value)),
            Err(error) => {
                let frame = Frame::new();
                let applied = self.apply(&frame);
                let answer = instead(error);
                applied.done(!answer.is_failure());
                answer
            }
        }
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

    /// Awaits `body`, and what `instead` makes of its error when it fails.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use resilience::Fallback;
    ///
    /// let fallback = Fallback::new("page");
    /// let page = fallback.call_async(async { Err("down") }, async |_error| Ok("cached"));
    /// assert_eq!(page.await, Ok("cached"));
    /// # }
    /// ```
    ///
    /// # Errors
    /// That of `instead`.
    ///
    /// # Cancel safety
    /// Dropping the future drops whichever of the two is under way, and counts nothing. After the
    /// [ambient deadline](crate::deadline) it is a limit that drops it: a dropped `instead` is then a failure, if the call
    /// began with at least half of that limit.
    pub async fn call_async<R: Outcome, F: Future<Output = R>>(
        &self,
        body: impl Future<Output = R>,
        instead: impl FnOnce(R::Err) -> F,
    ) -> R {
        let began = began();
        match body.await.into_result() {
            Ok(value) => R::from_result(Ok(value)),
            Err(error) => {
                let frame = Frame::begun(began);
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
    /// let page = fallback.call_async_with(Option::is_none, async { Some("page") }, async |_| Some("cached"));
    /// assert_eq!((page.await, fallback.stats().successes), (Some("page"), 0));
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`call_with`](Self::call_with).
    ///
    /// # Cancel safety
    /// As [`call_async`](Self::call_async).
    pub async fn call_async_with<R: Outcome, F: Future<Output = R>>(
        &self,
        when: impl FnOnce(&R) -> bool,
        body: impl Future<Output = R>,
        instead: impl FnOnce(R) -> F,
    ) -> R {
        let began = began();
        let outcome = body.await;
        if !when(&outcome) {
            return outcome;
        }
        let frame = Frame::begun(began);
        let applied = self.apply(&frame);
        let answer = watch(&frame, instead(outcome)).await;
        applied.done(!answer.is_failure());
        answer
    }

    /// The fallback is about to run, in `frame`.
    pub(crate) fn apply<F: Borrow<Frame>>(&self, frame: F) -> Applied<'_, F> {
        Applied { fallback: self, frame, done: false }
    }
}

/// A fallback that is running. Only expansions make one.
///
/// Dropped before it has answered, it is a failure if it panicked or if one of our timeouts dropped it. One that its
/// caller dropped is cancelled.
#[doc(hidden)]
#[derive(Debug)]
#[must_use = "dropping it counts a failure"]
pub struct Applied<'a, F: Borrow<Frame> = &'a Frame> {
    fallback: &'a Fallback,
    frame: F,
    done: bool,
}

impl<F: Borrow<Frame>> Applied<'_, F> {
    /// It has answered.
    pub fn done(mut self, ok: bool) {
        self.settle(ok);
    }

    fn settle(&mut self, ok: bool) {
        self.done = true;
        let inner = &self.fallback.0;
        if ok {
            inner.successes.add(1)
        } else {
            inner.failures.add(1)
        }
        inner.observer.emit(EventKind::FellBack { ok });
    }
}

impl Applied<'_, Frame> {
    /// Polls the answer.
    pub(crate) fn poll<T>(&self, answer: impl FnOnce() -> Poll<T>) -> Poll<T> {
        self.frame.poll(answer)
    }
}

impl<F: Borrow<Frame>> Drop for Applied<'_, F> {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        match self.frame.borrow().cut() {
            Cut::Cancelled => self.fallback.0.cancelled.add(1),
            Cut::TimedOut | Cut::Unwinding => self.settle(false),
        }
    }
}

impl Policy for Fallback {
    // What a fallback does stands at its function; only the name is shared.
    type Config = ();
    const KIND: PolicyKind = PolicyKind::Fallback;

    fn observer(&self) -> &Observer {
        &self.0.observer
    }

    fn config(&self) -> &() {
        &()
    }
}

impl fmt::Debug for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fallback").field("name", &self.name()).finish_non_exhaustive()
    }
}
