//! One call of an annotated async function whose retry is around all of it.

use std::mem::{self, ManuallyDrop};
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use super::stats::Outcome;
use super::{Call, Function, Guard};
use crate::context::frame::Frame;
use crate::core::clock::Instant;
use crate::core::outcome::Caught;
use crate::policies::retry::{Attempts, Course, Retry, Step};

/// The guard of one call and of its attempts. Nothing is above the retry but fallbacks, which let a success pass: so one
/// guard counts for both, and a success at the first attempt, which is nearly every call, is counted once.
///
/// A future is written word by word, and words are what a call costs: the attempts themselves are made when one has
/// failed.
#[derive(Debug)]
#[must_use = "dropping the guard ends the call"]
pub struct Tried<'a> {
    /// Not dropped by itself: one look at it tells whether anything is left to do.
    call: ManuallyDrop<Call<'a>>,
    course: Course,
    /// When the first attempt began; [`Instant::NEVER`] unless the retry asks.
    began: Instant,
}

impl<'a> Tried<'a> {
    /// Begins a call of `function`, whose attempts run in `frame`. `find` is asked for the retry where it is not known yet,
    /// or where something is due before the first attempt.
    // All that may be asked comes first: then the guard is made where it stays.
    #[inline(always)]
    pub(crate) fn enter(function: &'static Function, frame: &'a Frame, find: impl FnOnce() -> &'static Retry) -> Self {
        let began = if function.has_plain_retry() { Instant::NEVER } else { prepare(function, find) };
        Self { call: ManuallyDrop::new(Call::enter(function, frame)), course: Course::new(), began }
    }

    /// The last attempt was a success, or may not be followed by another.
    #[inline(always)]
    pub fn stop(&mut self, success: bool) {
        if success && self.course.is_first() {
            self.call.succeed_at_first_try();
        } else {
            self.stop_later(success);
        }
    }

    #[cold]
    #[inline(never)]
    fn stop_later(&mut self, success: bool) {
        self.with(|attempts| attempts.stop(success));
    }

    /// The attempts as they stand, for `act`. Should it panic, they end as it unwinds.
    fn with<T>(&mut self, act: impl FnOnce(&mut Attempts<'_>) -> T) -> T {
        let mut attempts = self.attempts();
        self.course = self.course.ended();
        let answer = act(&mut attempts);
        self.course = attempts.leave();
        answer
    }

    fn attempts(&self) -> Attempts<'a> {
        self.call.function().own_retry().resume_in_task(self.call.frame(), self.course, self.began)
    }

    #[cold]
    #[inline(never)]
    fn unfinished(&mut self) {
        if !self.course.has_ended() {
            drop(self.attempts());
        }
        self.call.unfinished();
    }
}

/// What is due before a call begins. To find a retry is to evaluate what the user wrote, which may panic.
#[cold]
#[inline(never)]
fn prepare(function: &'static Function, find: impl FnOnce() -> &'static Retry) -> Instant {
    struct Unwinding(&'static Function);

    impl Drop for Unwinding {
        fn drop(&mut self) {
            self.0.stats.enter();
            self.0.stats.end(Outcome::Failure, false);
        }
    }

    let unwinding = Unwinding(function);
    let retry = find();
    function.keep_retry(retry);
    let began = retry.prepare();
    mem::forget(unwinding);
    began
}

impl Drop for Tried<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.call.has_ended() {
            self.unfinished();
        }
    }
}

impl<'a> Guard<'a> for Tried<'a> {
    #[inline(always)]
    fn call(&mut self) -> &mut Call<'a> {
        &mut self.call
    }
}

impl<'a> Deref for Tried<'a> {
    type Target = Call<'a>;

    #[inline(always)]
    fn deref(&self) -> &Call<'a> {
        &self.call
    }
}

impl DerefMut for Tried<'_> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.call
    }
}

// What the attempts of other calls do, done by those of this one.
impl Tried<'_> {
    /// See [`Attempts::judge_error`].
    #[allow(clippy::missing_errors_doc)]
    #[cold]
    #[inline(never)]
    pub fn judge_error<C: Caught>(&mut self, describe: fn(&C::User) -> String, caught: C) -> Result<Duration, C> {
        self.with(|attempts| attempts.judge_error(describe, caught))
    }

    /// See [`Attempts::judge_failure`].
    #[cold]
    pub fn judge_failure<C: Caught>(
        &mut self,
        caught: &C,
        retry_if: impl FnOnce(&C::User) -> bool,
        abort_if: impl FnOnce(&C::User) -> bool,
        retry_after: impl FnOnce(&C::User) -> Option<Duration>,
        describe: impl FnOnce(&C::User) -> String,
        own: impl FnOnce(u32) -> Option<Duration>,
    ) -> Step {
        self.with(|attempts| attempts.judge_failure(caught, retry_if, abort_if, retry_after, describe, own))
    }

    /// See [`Call::fell_back`] and [`Guard`].
    #[inline]
    pub fn fell_back(&self) {
        self.call.fell_back();
    }

    /// See [`Attempts::begin`].
    #[cold]
    #[inline(never)]
    pub fn begin(&mut self) {
        self.with(|attempts| attempts.begin());
    }

    /// See [`Attempts::attempt`].
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.course.judged()
    }

    /// See [`Attempts::is_late`].
    pub fn is_late(&mut self) -> bool {
        self.with(|attempts| attempts.is_late())
    }

    /// See [`Attempts::give_up`].
    pub fn give_up(&mut self) {
        self.with(|attempts| attempts.give_up());
    }
}
