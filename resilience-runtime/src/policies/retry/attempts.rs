//! The attempts of one call.

use std::time::Duration;
use std::{fmt, mem};

use super::Retry;
use super::course::{Course, Owner, Run};
use super::schedule::{self, Cause, Wish};
use super::stats::End;
use crate::context::frame::Frame;
use crate::core::clock::{self, Instant};
use crate::core::error::Error;
use crate::core::excerpt;
use crate::core::outcome::{Fault, name_of, refusal_in, words};

/// Nobody says when to come back.
pub(super) const NO_HINT: Cause = Cause::Failed(Duration::ZERO);

/// A call without a strategy of its own.
#[doc(hidden)]
#[inline]
#[must_use]
pub const fn as_configured(_: u32) -> Option<Duration> {
    None
}

/// What to do after an attempt. There will be no third answer, so that loops written by hand need not expect one.
///
/// ```
/// use resilience::retry::{Retry, Step};
///
/// let retry = Retry::builder("search").max_attempts(2).build()?;
/// let mut attempts = retry.start();
/// assert!(matches!(attempts.after(&Err::<(), _>("busy")), Step::Retry(_)));
/// assert_eq!(attempts.after(&Err::<(), _>("busy")), Step::Done);
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Return its outcome.
    Done,
    /// Wait this long, then try again.
    Retry(Duration),
}

/// The attempts of one call, for loops that are written by hand.
///
/// Dropping it before the call is [`Step::Done`] counts the call as cancelled; as one that took too long once the
/// [ambient deadline](crate::deadline) has passed, if it began with at least half of that limit; as not retryable while
/// the thread is panicking. After [`Step::Done`] every answer is [`Step::Done`].
///
/// ```
/// use resilience::retry::{Retry, Step};
///
/// let retry = Retry::builder("search").max_attempts(3).build()?;
/// let mut attempts = retry.start();
/// let mut tries = 0;
/// let outcome = loop {
///     tries += 1;
///     let outcome = if tries < 2 { Err("busy") } else { Ok("page") };
///     match attempts.after(&outcome) {
///         Step::Done => break outcome,
///         Step::Retry(delay) => drop(delay), // sleep
///     }
/// };
/// assert_eq!(outcome, Ok("page"));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[must_use = "the attempts end when this is dropped"]
pub struct Attempts<'a> {
    pub(super) run: Run<'a>,
    pub(super) course: Course,
}

impl Retry {
    /// Begins a call whose attempts are driven by hand. It takes the [ambient deadline](crate::deadline) as it stands
    /// now.
    ///
    /// ```
    /// use resilience::retry::{Retry, Step};
    ///
    /// let retry = Retry::builder("search").build()?;
    /// let mut attempts = retry.start();
    /// assert_eq!(attempts.after(&Ok::<_, ()>("page")), Step::Done);
    /// assert_eq!(retry.stats().successes_without_retry, 1);
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[inline(always)]
    pub fn start(&self) -> Attempts<'_> {
        self.attempts(Owner::hand())
    }

    #[inline(always)]
    pub(crate) fn start_in<'a>(&'a self, frame: &'a Frame) -> Attempts<'a> {
        self.attempts(Owner::Call(frame))
    }

    #[inline(always)]
    pub(crate) fn start_in_task<'a>(&'a self, frame: &'a Frame) -> Attempts<'a> {
        self.attempts(Owner::Task(frame))
    }

    #[inline(always)]
    pub(super) fn attempts<'a>(&'a self, owner: Owner<'a>) -> Attempts<'a> {
        let started = if self.0.is_plain { Instant::NEVER } else { self.prepare() };
        Attempts { run: Run { retry: self, owner, started }, course: Course::new() }
    }

    /// The attempts of the coroutine of `frame`, taken up where they were [left](Attempts::leave).
    pub(crate) fn resume_in_task<'a>(&'a self, frame: &'a Frame, course: Course, started: Instant) -> Attempts<'a> {
        Attempts { run: Run { retry: self, owner: Owner::Task(frame), started }, course }
    }
}

// Inlined always, down to what is cold: a call would take the address of attempts that need not have one.
impl Attempts<'_> {
    /// The attempt that was judged last, from 1; 0 before any was.
    ///
    /// ```
    /// # let retry = resilience::Retry::builder("search").build()?;
    /// let mut attempts = retry.start();
    /// assert_eq!(attempts.attempt(), 0);
    /// attempts.after(&Ok::<_, ()>("page"));
    /// assert_eq!(attempts.attempt(), 1);
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.course.judged()
    }

    /// What to do after an attempt with this outcome, when every error may be retried. Where the retry is not
    /// `idempotent`, none is. A refusal goes by the [rules for refusals](super), where the error type shows it: see
    /// [`Retry::call`].
    ///
    /// ```
    /// use resilience::retry::{Retry, Step};
    ///
    /// let payment = Retry::builder("payment").idempotent(false).build()?;
    /// assert_eq!(payment.start().after(&Err::<(), _>("no answer")), Step::Done);
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[inline(always)]
    pub fn after<T, E: 'static>(&mut self, outcome: &Result<T, E>) -> Step {
        match outcome {
            Ok(_) => self.succeed(),
            Err(error) => self.failed(error),
        }
    }

    /// What to do after a failure inside the layers of a [`Pipeline`](crate::pipeline), when every error may be retried:
    /// there every refusal is seen, and goes by the [rules for refusals](super).
    ///
    /// ```
    /// use resilience::retry::{Retry, Step};
    /// use resilience::{CircuitBreaker, Fault};
    ///
    /// let breaker = CircuitBreaker::builder("jira_api").build()?;
    /// breaker.force_open();
    /// let open = Fault::<u16>::Refused(breaker.try_acquire().unwrap_err());
    ///
    /// let retry = Retry::builder("search").build()?;
    /// assert_eq!(retry.start().after_fault(&open), Step::Done);
    /// assert!(matches!(retry.start().after_fault(&Fault::User(503)), Step::Retry(_)));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[inline(always)]
    pub fn after_fault<E>(&mut self, fault: &Fault<E>) -> Step {
        match fault.refusal() {
            Some(refusal) => self.after_refusal(refusal),
            None => self.unseen(name_of::<E>),
        }
    }

    /// What to do after an attempt that failed, when every error may be retried.
    #[inline(always)]
    pub(super) fn failed<E: 'static>(&mut self, error: &E) -> Step {
        match refusal_in(error) {
            Some(refusal) => self.after_refusal(refusal),
            None => self.unseen(|| words(error)),
        }
    }

    /// The same for an error of the body.
    #[inline(always)]
    fn unseen(&mut self, words: impl FnOnce() -> String) -> Step {
        if self.run.retry.0.config.idempotent {
            self.again(NO_HINT, as_configured, words)
        } else {
            self.end(End::NotRetryable)
        }
    }

    /// What to do after an attempt that may be retried, not sooner than after `hint`, which the server has given. It may
    /// exceed `max_delay`, is spread over a tenth of itself, and ends the call where it is longer than `max_hint`: see
    /// [hints](super#hints).
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::retry::{Retry, Step};
    ///
    /// let retry = Retry::builder("search").max_hint(Duration::from_secs(30)).build()?;
    /// let Step::Retry(delay) = retry.start().again_after(Duration::from_secs(20)) else { unreachable!() };
    /// assert!((20.0..=22.0).contains(&delay.as_secs_f64()));
    /// assert_eq!(retry.start().again_after(Duration::from_secs(31)), Step::Done);
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn again_after(&mut self, hint: Duration) -> Step {
        self.again(Cause::Failed(hint), as_configured, String::new)
    }

    /// What to do after an attempt that may be retried, where this call has a strategy of its own: it is told the number
    /// of the failed attempt, from 1. Its delay is capped and jittered like any other, and it is only asked for a delay
    /// that is going to be slept.
    ///
    /// The twin of a `strategy` that sees the error:
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::retry::{Attempts, Jitter, Retry, Step};
    ///
    /// #[derive(Debug, PartialEq)]
    /// enum Error { Busy, Locked }
    ///
    /// fn delay(attempt: u32, error: &Error) -> Duration {
    ///     match error {
    ///         Error::Busy => Duration::from_millis(5) * attempt,
    ///         Error::Locked => Duration::from_millis(1),
    ///     }
    /// }
    ///
    /// fn judge(attempts: &mut Attempts<'_>, outcome: &Result<u32, Error>) -> Step {
    ///     match outcome {
    ///         Ok(_) => attempts.stop(true),
    ///         Err(error) => attempts.again_by(|attempt| delay(attempt, error)),
    ///     }
    /// }
    ///
    /// let retry = Retry::builder("search").jitter(Jitter::None).build()?;
    /// let mut answers = [Err(Error::Locked), Err(Error::Busy), Ok(3)].into_iter();
    /// assert_eq!(retry.call_with(judge, || answers.next().unwrap()), Ok(3));
    /// assert_eq!(retry.stats().backoff, Duration::from_millis(1 + 10));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn again_by(&mut self, strategy: impl FnOnce(u32) -> Duration) -> Step {
        self.again(NO_HINT, |attempt| Some(strategy(attempt)), String::new)
    }

    /// What to do after an attempt that a policy refused, by the [rules for refusals](super#refusals): an open circuit is
    /// not retried without `retry_on_open`, and a retry that is not `idempotent` retries what never ran.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::retry::{Retry, Step};
    /// use resilience::{CircuitBreaker, Error};
    ///
    /// let retry = Retry::builder("search").build()?;
    /// let limited = Error::rate_limited("search", Some(Duration::from_secs(20)));
    /// let Step::Retry(delay) = retry.start().after_refusal(&limited) else { unreachable!() };
    /// assert!(delay >= Duration::from_secs(20));
    ///
    /// let breaker = CircuitBreaker::builder("jira_api").build()?;
    /// breaker.force_open();
    /// let open = breaker.try_acquire().unwrap_err();
    /// assert_eq!(retry.start().after_refusal(&open), Step::Done);
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[inline(always)]
    pub fn after_refusal(&mut self, refusal: &Error) -> Step {
        self.refused(refusal, as_configured)
    }

    /// Ends the call with an outcome that is not retried. Always [`Step::Done`].
    ///
    /// ```
    /// # let retry = resilience::Retry::builder("search").build()?;
    /// retry.start().stop(true);
    /// retry.start().stop(false);
    /// assert_eq!((retry.stats().successes_without_retry, retry.stats().not_retryable), (1, 1));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[inline(always)]
    pub fn stop(&mut self, success: bool) -> Step {
        if success { self.succeed() } else { self.end(End::NotRetryable) }
    }

    /// An attempt begins. In a loop by hand the next one is taken to begin when it is judged, at the latest.
    #[doc(hidden)]
    #[inline(always)]
    pub fn begin(&mut self) {
        if self.course.is_waiting() {
            // What runs is known here, so that the compiler need not ask.
            self.course = self.run.begin(self.course).running();
        }
    }

    /// Whether what ran after the delay took so long that the next attempt would start too late; that ends the call.
    #[doc(hidden)]
    pub fn is_late(&mut self) -> bool {
        let late = self.run.is_late(self.course);
        if late {
            self.course = self.run.end(self.course, End::MaxDuration);
        }
        late
    }

    /// The call ends with an error that is not that of an attempt: of a hook, or of what was to make an argument.
    #[doc(hidden)]
    pub fn give_up(&mut self) {
        self.course = self.run.end(self.course, End::NotRetryable);
    }

    #[inline(always)]
    pub(super) fn refused(&mut self, refusal: &Error, own: impl FnOnce(u32) -> Option<Duration>) -> Step {
        match schedule::on_refusal(&self.run.retry.0.config, refusal) {
            Wish::Stop(end) => self.end(end),
            Wish::Again(cause) => self.again(cause, own, || excerpt::of(format_args!("{refusal}"))),
        }
    }

    /// `own` is the strategy of this call, where it has one.
    #[inline(always)]
    pub(super) fn again(
        &mut self,
        cause: Cause,
        own: impl FnOnce(u32) -> Option<Duration>,
        error: impl FnOnce() -> String,
    ) -> Step {
        self.begin();
        let (course, step) = self.run.again(self.course, cause, own, error);
        self.course = course;
        step
    }

    /// Where the call stands, which goes on.
    pub(crate) fn leave(self) -> Course {
        let course = self.course;
        mem::forget(self);
        course
    }

    /// The attempt that is judged was a success. Mostly it was the first.
    #[inline(always)]
    pub(super) fn succeed(&mut self) -> Step {
        if self.course.is_first() {
            self.course = self.course.ended();
            self.run.retry.0.counters.ended(false, End::Success);
            return Step::Done;
        }
        self.end(End::Success)
    }

    /// The attempt that is judged was the last.
    #[inline(always)]
    pub(super) fn end(&mut self, end: End) -> Step {
        self.begin();
        self.course = self.run.end(self.course, end);
        Step::Done
    }
}

impl Drop for Attempts<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.course.has_ended() {
            self.run.dropped(self.course);
        }
    }
}

impl Retry {
    /// What is due before a first attempt: when it begins, where that is asked.
    #[cold]
    pub(crate) fn prepare(&self) -> Instant {
        if let Some(budget) = self.budget() {
            budget.on_call();
        }
        if self.0.config.max_elapsed.is_some() { clock::now() } else { Instant::NEVER }
    }
}

impl fmt::Debug for Attempts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempts").field("retry", &self.run.retry.name()).field("attempt", &self.attempt()).finish()
    }
}
