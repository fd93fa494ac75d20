//! The permit: one admitted call, which gives its place back however it ends.

use std::borrow::Borrow;
use std::fmt;
use std::task::Poll;

use super::CircuitBreaker;
use super::slip::Slip;
use super::step::no_words;
use crate::context::frame::Frame;
use crate::core::error::Error;
use crate::core::excerpt;
use crate::core::outcome::Verdict;

/// An admitted call.
///
/// Report its outcome with [`success`](Self::success), [`failure`](Self::failure) or [`ignore`](Self::ignore).
/// Dropping it without a report counts a failure when the thread is panicking, or when the [ambient
/// deadline](crate::deadline) has passed and at least half of that limit was left when it was given out; and as cancelled
/// otherwise. Either way a probe's place is free again. One that was cancelled after `slow_call_duration` or later counts
/// as a slow call.
///
/// ```
/// use resilience::{CircuitBreaker, Verdict};
///
/// let breaker = CircuitBreaker::builder("jira_api").build()?;
/// breaker.try_acquire()?.success();
/// breaker.try_acquire()?.failure();
/// breaker.try_acquire()?.ignore();
/// breaker.try_acquire()?.report(Verdict::Failure);
/// drop(breaker.try_acquire()?);
///
/// let stats = breaker.stats();
/// assert_eq!((stats.total_successes, stats.total_failures, stats.ignored, stats.cancelled), (1, 2, 1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping a permit cancels the call"]
pub struct Permit<'a> {
    breaker: Handle<'a>,
    slip: Slip,
}

enum Handle<'a> {
    Borrowed(&'a CircuitBreaker),
    Owned(CircuitBreaker),
}

impl Handle<'_> {
    const fn breaker(&self) -> &CircuitBreaker {
        match self {
            Self::Borrowed(breaker) => breaker,
            Self::Owned(breaker) => breaker,
        }
    }
}

impl CircuitBreaker {
    /// Asks to pass, for a call whose outcome is reported later.
    ///
    /// # Errors
    /// [`Error::CircuitOpen`] when the breaker refuses.
    ///
    /// ```
    /// use resilience::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder("jira_api").build()?;
    /// let permit = breaker.try_acquire()?;
    /// permit.success();
    /// assert_eq!(breaker.stats().total_calls, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_acquire(&self) -> Result<Permit<'_>, Error> {
        Permit::of(Handle::Borrowed(self))
    }

    /// Like [`try_acquire`](Self::try_acquire), with a permit that may move to another task or thread.
    ///
    /// # Errors
    /// [`Error::CircuitOpen`] when the breaker refuses.
    ///
    /// ```
    /// use resilience::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder("jira_api").build()?;
    /// let permit = breaker.try_acquire_owned()?;
    /// std::thread::spawn(move || permit.success()).join().unwrap();
    /// assert_eq!(breaker.stats().total_successes, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_acquire_owned(&self) -> Result<Permit<'static>, Error> {
        Permit::of(Handle::Owned(self.clone()))
    }
}

impl<'a> Permit<'a> {
    fn of(breaker: Handle<'a>) -> Result<Self, Error> {
        let mut permit = Self { breaker, slip: Slip::new() };
        permit.slip.ask(permit.breaker.breaker(), None)?;
        Ok(permit)
    }
}

impl Permit<'_> {
    /// The call did its job.
    pub fn success(self) {
        self.report(Verdict::Success);
    }

    /// The call failed.
    pub fn failure(self) {
        self.report(Verdict::Failure);
    }

    /// The call failed with `error`. Its text, cut at 256 characters, is what refusals, [`stats`](CircuitBreaker::stats)
    /// and events give as the last error, if this is the failure that opens the breaker; only then is it asked for.
    ///
    /// ```
    /// use resilience::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder("jira_api").failure_threshold(1).build()?;
    /// breaker.try_acquire()?.failure_with(&std::io::Error::other("connection refused"));
    /// assert_eq!(breaker.stats().last_error.as_deref(), Some("connection refused"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn failure_with(mut self, error: &dyn fmt::Display) {
        let words = || Some(excerpt::of(format_args!("{error}")));
        self.slip.report(self.breaker.breaker(), Verdict::Failure, &words, || false);
    }

    /// The call says nothing about the dependency: no rule sees it, and a probe's place is free again.
    pub fn ignore(self) {
        self.report(Verdict::Ignored);
    }

    /// Reports a verdict.
    pub fn report(mut self, verdict: Verdict) {
        self.slip.report(self.breaker.breaker(), verdict, &no_words, || false);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.slip.drop(self.breaker.breaker(), None);
    }
}

impl fmt::Debug for Permit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("breaker", &self.breaker.breaker().name()).finish_non_exhaustive()
    }
}

/// The permit of a coroutine or sync call that has a frame, or of a future that is its own. It is made where it stays, asks from there, and is reported
/// through a reference: to copy what has just been written in pieces stalls.
#[derive(Debug)]
pub struct Pass<'a, F: Borrow<Frame> = &'a Frame> {
    breaker: &'a CircuitBreaker,
    frame: F,
    slip: Slip,
}

// Inlined always, down to what is cold: that is most of what a protected call costs.
impl<'a, F: Borrow<Frame>> Pass<'a, F> {
    /// A call that has not asked yet.
    #[inline(always)]
    pub const fn new(breaker: &'a CircuitBreaker, frame: F) -> Self {
        Self { breaker, frame, slip: Slip::new() }
    }

    /// Asks to pass.
    #[allow(clippy::missing_errors_doc)]
    #[inline(always)]
    pub fn ask(&mut self) -> Result<(), Error> {
        self.slip.ask(self.breaker, Some(self.frame.borrow()))
    }

    /// Reports a verdict.
    #[inline(always)]
    pub fn report(&mut self, verdict: Verdict) {
        let frame = self.frame.borrow();
        self.slip.report(self.breaker, verdict, &no_words, || !frame.is_coroutine());
    }

    /// Reports a failure, whose error `words` puts into words.
    #[cold]
    pub(crate) fn report_failure(&mut self, words: &dyn Fn() -> Option<String>) {
        let frame = self.frame.borrow();
        self.slip.report(self.breaker, Verdict::Failure, words, || !frame.is_coroutine());
    }
}

impl Pass<'_, Frame> {
    /// Polls what the permit is for.
    pub(crate) fn poll<T>(&self, inner: impl FnOnce() -> Poll<T>) -> Poll<T> {
        self.frame.poll(inner)
    }
}

impl<F: Borrow<Frame>> Drop for Pass<'_, F> {
    #[inline(always)]
    fn drop(&mut self) {
        self.slip.drop(self.breaker, Some(self.frame.borrow()));
    }
}
