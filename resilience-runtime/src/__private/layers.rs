//! The layers of an expansion, as functions: each is a thin call into its policy.

use std::time::Duration;

use super::refused::Refusable;
use crate::context::frame::Frame;
use crate::core::clock;
use crate::core::outcome::{Caught, UserOnly};
use crate::function::{Call, Function};
use crate::policies::fallback::Applied;
use crate::policies::retry::{Attempts, Retry};

/// Runs a sync body. A function and not an immediately called closure: that would be inferred to be `FnMut`, which
/// cannot return what it borrows.
#[inline]
pub fn once<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// The default of a predicate that picks errors.
#[inline]
pub fn always<T: ?Sized>(_: &T) -> bool {
    true
}

/// The default of a predicate that nothing satisfies.
#[inline]
pub fn never<T: ?Sized>(_: &T) -> bool {
    false
}

/// The default of `retry_after`.
#[inline]
pub fn no_hint<T: ?Sized>(_: &T) -> Option<Duration> {
    None
}

/// Begins a call of the function.
#[inline]
pub fn enter<'a>(function: &'static Function, frame: &'a Frame) -> Call<'a> {
    Call::enter(function, frame)
}

/// Begins the attempts of a sync call.
#[inline]
pub fn attempts<'a>(retry: &'a Retry, frame: &'a Frame) -> Attempts<'a> {
    retry.start_in(frame)
}

/// Begins the attempts of an async call.
#[inline]
pub fn attempts_async<'a>(retry: &'a Retry, frame: &'a Frame) -> Attempts<'a> {
    retry.start_in_task(frame)
}

/// A limit that is not written out.
#[inline]
pub fn nanos(limit: Duration) -> u64 {
    clock::nanos(limit)
}

/// Waits between attempts, blocking the thread.
pub fn sleep_blocking(delay: Duration) {
    clock::sleep_blocking(delay);
}

impl Applied<'_> {
    /// It has answered with `result`.
    #[doc(hidden)]
    #[allow(clippy::missing_errors_doc)]
    #[inline(always)]
    pub fn answer<T, C>(self, result: Result<T, C>) -> Result<T, C> {
        self.done(result.is_ok());
        result
    }

    /// It has answered with a value that stands in for any failure.
    #[doc(hidden)]
    #[allow(clippy::missing_errors_doc)]
    #[inline(always)]
    pub fn standby<T, C: Caught>(self, caught: C, value: T) -> Result<T, UserOnly<C::User>> {
        drop(caught);
        self.done(true);
        Ok(value)
    }

    /// The same where only the shape of the return type tells the type of the value.
    #[doc(hidden)]
    #[allow(clippy::missing_errors_doc)]
    #[inline(always)]
    pub fn standby_of<S: Refusable, C: Caught>(
        self,
        _: S,
        caught: C,
        value: S::Ok,
    ) -> Result<S::Ok, UserOnly<C::User>> {
        self.standby(caught, value)
    }
}
