//! The attempts of one call.

use std::fmt;
use std::time::Duration;

use super::Retry;
use super::schedule::{self, Progress, Wait, Wish};
use super::stats::End;
use crate::clock::{self, Instant};
use crate::deadline;
use crate::error::Error;
use crate::event::EventKind;
use crate::frame::Frame;
use crate::outcome::Caught;
use crate::rng;

/// What to do after an attempt.
///
/// ```
/// use resilience_runtime::retry::{Retry, Step};
///
/// let retry = Retry::builder("search").max_attempts(2).build()?;
/// let mut attempts = retry.start();
/// assert!(matches!(attempts.after(&Err::<(), _>("busy")), Step::Retry(_)));
/// assert_eq!(attempts.after(&Err::<(), _>("busy")), Step::Done);
/// # Ok::<(), resilience_runtime::ConfigError>(())
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
/// Dropping it before the call is [`Step::Done`] counts the call as cancelled; as one that took too long once the ambient
/// deadline has passed; as not retryable while the thread is panicking. After [`Step::Done`] every answer is
/// [`Step::Done`].
///
/// ```
/// use resilience_runtime::retry::{Retry, Step};
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
/// # Ok::<(), resilience_runtime::ConfigError>(())
/// ```
#[must_use = "the attempts end when this is dropped"]
pub struct Attempts<'a> {
    retry: &'a Retry,
    frame: Option<&'a Frame>,
    /// When the first began; [`Instant::NEVER`] unless `max_elapsed` asks.
    started: Instant,
    /// The ambient deadline.
    deadline: Instant,
    /// The delay before the attempt, as the strategy drew it, in nanoseconds: futures carry it.
    previous: u64,
    /// The attempt under way or just done, from 1.
    attempt: u32,
    /// Delays are awaited, which takes a timer.
    awaits: bool,
    /// The next attempt is decided on and has not begun.
    waiting: bool,
    ended: bool,
}

impl Retry {
    /// Begins a call whose attempts are driven by hand. It takes the [ambient deadline](crate::deadline) as it stands
    /// now.
    ///
    /// ```
    /// use resilience_runtime::retry::{Retry, Step};
    ///
    /// let retry = Retry::builder("search").build()?;
    /// let mut attempts = retry.start();
    /// assert_eq!(attempts.after(&Ok::<_, ()>("page")), Step::Done);
    /// assert_eq!(retry.stats().successes_without_retry, 1);
    /// # Ok::<(), resilience_runtime::ConfigError>(())
    /// ```
    #[inline]
    pub fn start(&self) -> Attempts<'_> {
        self.attempts(None, false)
    }

    #[inline]
    pub(crate) fn start_in<'a>(&'a self, frame: &'a Frame) -> Attempts<'a> {
        self.attempts(Some(frame), false)
    }

    #[inline]
    pub(crate) fn start_in_task<'a>(&'a self, frame: &'a Frame) -> Attempts<'a> {
        self.attempts(Some(frame), true)
    }

    #[inline]
    fn attempts<'a>(&'a self, frame: Option<&'a Frame>, awaits: bool) -> Attempts<'a> {
        if let Some(budget) = self.budget() {
            budget.on_call();
        }
        let started = if self.0.config.max_elapsed.is_some() { clock::now() } else { Instant::NEVER };
        let deadline = deadline::ambient();
        Attempts {
            retry: self,
            frame,
            started,
            deadline,
            previous: 0,
            attempt: 1,
            awaits,
            waiting: false,
            ended: false,
        }
    }
}

impl Attempts<'_> {
    /// The attempt that was judged last, from 1; 0 before any was.
    ///
    /// ```
    /// # let retry = resilience_runtime::Retry::builder("search").build()?;
    /// let mut attempts = retry.start();
    /// assert_eq!(attempts.attempt(), 0);
    /// attempts.after(&Ok::<_, ()>("page"));
    /// assert_eq!(attempts.attempt(), 1);
    /// # Ok::<(), resilience_runtime::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        if self.ended || self.waiting { self.attempt } else { self.attempt - 1 }
    }

    /// What to do after an attempt with this outcome, when every error may be retried. Where the retry is not
    /// `idempotent`, none is.
    ///
    /// ```
    /// use resilience_runtime::retry::{Retry, Step};
    ///
    /// let payment = Retry::builder("payment").idempotent(false).build()?;
    /// assert_eq!(payment.start().after(&Err::<(), _>("no answer")), Step::Done);
    /// # Ok::<(), resilience_runtime::ConfigError>(())
    /// ```
    #[inline]
    pub fn after<T, E>(&mut self, outcome: &Result<T, E>) -> Step {
        match outcome {
            Ok(_) => self.succeed(),
            Err(_) if !self.retry.0.config.idempotent => self.end(End::NotRetryable),
            Err(_) => self.again(Duration::ZERO, String::new),
        }
    }

    /// What to do after an attempt that may be retried, not sooner than after `at_least`: the server's hint, which may
    /// exceed `max_delay`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience_runtime::retry::{Retry, Step};
    ///
    /// let retry = Retry::builder("search").build()?;
    /// let step = retry.start().again_after(Duration::from_secs(20));
    /// assert_eq!(step, Step::Retry(Duration::from_secs(20)));
    /// # Ok::<(), resilience_runtime::ConfigError>(())
    /// ```
    pub fn again_after(&mut self, at_least: Duration) -> Step {
        self.again(at_least, String::new)
    }

    /// What to do after an attempt that a policy refused, by the [rules for refusals](super): an open circuit is not
    /// retried without `retry_on_open`, and a retry that is not `idempotent` retries what never ran.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience_runtime::retry::{Retry, Step};
    /// use resilience_runtime::{CircuitBreaker, Error};
    ///
    /// let retry = Retry::builder("search").build()?;
    /// let limited = Error::rate_limited("search", Some(Duration::from_secs(20)));
    /// assert_eq!(retry.start().after_refusal(&limited), Step::Retry(Duration::from_secs(20)));
    ///
    /// let breaker = CircuitBreaker::builder("jira_api").build()?;
    /// breaker.force_open();
    /// let open = breaker.try_acquire().unwrap_err();
    /// assert_eq!(retry.start().after_refusal(&open), Step::Done);
    /// # Ok::<(), resilience_runtime::ConfigError>(())
    /// ```
    pub fn after_refusal(&mut self, refusal: &Error) -> Step {
        match schedule::on_refusal(&self.retry.0.config, refusal) {
            Wish::Stop(end) => self.end(end),
            Wish::Again(at_least) => self.again(at_least, || refusal.to_string()),
        }
    }

    /// Ends the call with an outcome that is not retried. Always [`Step::Done`].
    ///
    /// ```
    /// # let retry = resilience_runtime::Retry::builder("search").build()?;
    /// retry.start().stop(true);
    /// retry.start().stop(false);
    /// assert_eq!((retry.stats().successes_without_retry, retry.stats().not_retryable), (1, 1));
    /// # Ok::<(), resilience_runtime::ConfigError>(())
    /// ```
    #[inline]
    pub fn stop(&mut self, success: bool) -> Step {
        if success { self.succeed() } else { self.end(End::NotRetryable) }
    }

    /// What to do after an attempt, by the rules of an attribute.
    #[doc(hidden)]
    #[inline]
    pub fn judge<T, C: Caught>(
        &mut self,
        outcome: &Result<T, C>,
        retry_if: impl FnOnce(&C::User) -> bool,
        abort_if: impl FnOnce(&C::User) -> bool,
        retry_if_result: impl FnOnce(&T) -> bool,
        retry_after: impl FnOnce(&C::User) -> Option<Duration>,
        describe: impl FnOnce(&C::User) -> String,
    ) -> Step {
        match outcome {
            Ok(value) if !retry_if_result(value) => self.succeed(),
            Ok(_) => self.judge_value(),
            Err(caught) => self.judge_failure(caught, retry_if, abort_if, retry_after, describe),
        }
    }

    /// A value that asks for another attempt.
    #[cold]
    fn judge_value(&mut self) -> Step {
        if self.retry.0.config.idempotent {
            self.again(Duration::ZERO, || "the value asks for a retry".to_owned())
        } else {
            self.end(End::NotRetryable)
        }
    }

    #[cold]
    fn judge_failure<C: Caught>(
        &mut self,
        caught: &C,
        retry_if: impl FnOnce(&C::User) -> bool,
        abort_if: impl FnOnce(&C::User) -> bool,
        retry_after: impl FnOnce(&C::User) -> Option<Duration>,
        describe: impl FnOnce(&C::User) -> String,
    ) -> Step {
        self.begin();
        match (caught.user(), caught.refusal()) {
            (Some(error), _) if self.retry.0.config.idempotent && !abort_if(error) && retry_if(error) => {
                self.again(retry_after(error).unwrap_or_default(), || describe(error))
            }
            (None, Some(refusal)) => self.after_refusal(refusal),
            _ => self.end(End::NotRetryable),
        }
    }

    /// An attempt begins. In a loop by hand the next one is taken to begin when it is judged, at the latest.
    #[doc(hidden)]
    #[inline]
    pub fn begin(&mut self) {
        if self.waiting {
            self.begin_again();
        }
    }

    #[cold]
    fn begin_again(&mut self) {
        self.waiting = false;
        self.attempt += 1;
        self.retry.0.counters.retried();
    }

    /// Whether what ran after the delay took so long that the next attempt would start too late; that ends the call.
    #[doc(hidden)]
    pub fn is_late(&mut self) -> bool {
        let late = schedule::is_late(&self.retry.0.config, &self.progress(), clock::now());
        if late {
            self.end_here(End::MaxDuration);
        }
        late
    }

    /// A hook ended the call instead of the next attempt.
    #[doc(hidden)]
    pub fn hook_failed(&mut self) {
        self.end_here(End::NotRetryable);
    }

    fn progress(&self) -> Progress {
        Progress {
            attempt: self.attempt,
            previous: Duration::from_nanos(self.previous),
            started: Some(self.started).filter(|started| *started != Instant::NEVER),
            deadline: self.deadline,
        }
    }

    fn again(&mut self, at_least: Duration, error: impl FnOnce() -> String) -> Step {
        if self.ended {
            return Step::Done;
        }
        self.begin();
        let now = clock::now();
        match self.next(at_least, now) {
            Err(end) => self.end(end),
            Ok(Wait { delay, drawn }) => {
                let retry = self.retry;
                retry.0.counters.backed_off(delay);
                let attempt = self.attempt;
                retry.0.observer.emit_debug(|| EventKind::Retried { attempt, delay, error: error() });
                self.previous = clock::nanos(drawn);
                self.waiting = true;
                Step::Retry(delay)
            }
        }
    }

    fn next(&self, at_least: Duration, now: Instant) -> Result<Wait, End> {
        let wait = schedule::next(&self.retry.0.config, &self.progress(), at_least, now, rng::unit)?;
        if self.awaits && !clock::can_sleep() {
            self.retry.0.warnings.no_runtime(self.retry.name());
            return Err(End::NotRetryable);
        }
        // Last, so that nothing is paid for an attempt that is not made.
        let paid = self.retry.budget().is_none_or(|budget| budget.try_withdraw(now));
        if paid { Ok(wait) } else { Err(End::BudgetExhausted) }
    }

    /// The attempt that is judged was a success. Mostly it was the first.
    #[inline]
    fn succeed(&mut self) -> Step {
        if self.waiting || self.ended {
            return self.end(End::Success);
        }
        self.ended = true;
        self.retry.0.counters.ended(self.attempt > 1, End::Success);
        Step::Done
    }

    /// The attempt that is judged was the last.
    #[cold]
    fn end(&mut self, end: End) -> Step {
        self.begin();
        self.end_here(end)
    }

    /// The call ends, between attempts or with one.
    fn end_here(&mut self, end: End) -> Step {
        if !self.ended {
            (self.ended, self.waiting) = (true, false);
            self.retry.0.counters.ended(self.attempt > 1, end);
        }
        Step::Done
    }

    #[cold]
    fn dropped(&mut self) {
        let end = if self.is_unwinding() {
            End::NotRetryable
        } else if self.progress().deadline_passed(clock::now()) {
            // Dropped by one of our timeouts, and not by a caller that has lost interest.
            End::MaxDuration
        } else {
            End::Cancelled
        };
        self.end_here(end);
    }

    fn is_unwinding(&self) -> bool {
        self.frame.map_or_else(std::thread::panicking, |frame| !frame.is_suspended())
    }
}

impl Drop for Attempts<'_> {
    #[inline]
    fn drop(&mut self) {
        if !self.ended {
            self.dropped();
        }
    }
}

impl fmt::Debug for Attempts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempts").field("retry", &self.retry.name()).field("attempt", &self.attempt()).finish()
    }
}
