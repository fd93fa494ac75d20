//! One call of an annotated function.

use super::Function;
use super::stats::{Outcome, is_timed};
use crate::context::frame::{Cut, Frame};
use crate::core::clock::{self, Instant};
use crate::core::sync::{AtomicBool, Ordering, owned};

/// The guard of one call: however the call ends, it is counted once.
///
/// Dropped unfinished it tells from its frame what happened: a suspended call was dropped by its caller (cancelled), or
/// by one of our timeouts, whose deadline has then passed (a failure, if it had half of that limit); a running one is
/// unwinding (a failure).
#[derive(Debug)]
#[must_use = "dropping the guard ends the call"]
pub struct Call<'a> {
    function: &'static Function,
    frame: &'a Frame,
    /// When it began; [`Instant::NEVER`] where calls are not timed.
    started: Instant,
    ended: bool,
    // Set through a shared reference that inner coroutines hold; atomics keep those `Send`. Relaxed: they are read by
    // the call that set them.
    ignored: AtomicBool,
    fell_back: AtomicBool,
    _rest: bool,
}

// Inlined always, down to what is cold, and never moved: to copy what has just been written in pieces stalls. Whoever has
// it to himself reads its flags plainly: with an atomic load in it the compiler leaves the drop of a call that unwinds out
// of line, which takes its address, and then every sync call writes it to memory.
impl<'a> Call<'a> {
    /// Begins a call of `function`, which runs in `frame`.
    #[inline(always)]
    pub fn enter(function: &'static Function, frame: &'a Frame) -> Self {
        function.stats.enter();
        let started = if is_timed() { clock::start() } else { Instant::NEVER };
        Self {
            function,
            frame,
            started,
            ended: false,
            ignored: AtomicBool::new(false),
            fell_back: AtomicBool::new(false),
            _rest: false,
        }
    }

    /// A breaker has judged an attempt of this call, and ignored its error or not. The last attempt is what counts.
    #[inline(always)]
    pub fn judged(&self, ignored: bool) {
        self.ignored.store(ignored, Ordering::Relaxed);
    }

    /// A fallback takes over. What was ignored below it no longer matters.
    #[inline]
    pub fn fell_back(&self) {
        self.ignored.store(false, Ordering::Relaxed);
        self.fell_back.store(true, Ordering::Relaxed);
    }

    /// The call is going to return a success, its own retry's at the first attempt: one addition counts both.
    #[inline(always)]
    pub(crate) fn succeed_at_first_try(&mut self) {
        self.ended = true;
        if self.started != Instant::NEVER {
            self.function.stats.took(Outcome::Success, self.started);
        }
        self.function.stats.end_at_first_try(owned(&mut self.fell_back));
    }

    /// The call returns a success, which its retry may have counted already.
    #[inline(always)]
    pub fn succeed(&mut self) {
        if self.ended {
            return;
        }
        self.ended = true;
        end(self.function, Outcome::Success, self.started, owned(&mut self.fell_back));
    }

    /// The call returns an error of its body or its fallback.
    #[inline(always)]
    pub fn fail(&mut self) {
        let ignored = owned(&mut self.ignored);
        self.end_failed(ignored);
    }

    /// The call returns a refusal. It is a failure whatever a breaker ignored before it: the caller got no answer.
    #[inline(always)]
    pub fn refuse(&mut self) {
        self.end_failed(false);
    }

    #[inline(always)]
    pub(super) fn unfinished(&mut self) {
        unfinished(self.function, self.frame, self.started, owned(&mut self.fell_back));
    }

    #[inline(always)]
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    pub(crate) fn function(&self) -> &'static Function {
        self.function
    }

    pub(super) fn frame(&self) -> &'a Frame {
        self.frame
    }

    #[inline(always)]
    fn end_failed(&mut self, ignored: bool) {
        self.ended = true;
        failed(self.function, ignored, self.started, owned(&mut self.fell_back));
    }
}

/// A guard of a call, by itself or with more. A bound and no `Deref`: what goes through that is a call more for the compiler
/// to check in every expansion.
pub trait Guard<'a> {
    /// That of the call.
    fn call(&mut self) -> &mut Call<'a>;
}

impl<'a> Guard<'a> for Call<'a> {
    #[inline(always)]
    fn call(&mut self) -> &mut Self {
        self
    }
}

#[inline(always)]
fn end(function: &Function, outcome: Outcome, started: Instant, fell_back: bool) {
    if started != Instant::NEVER {
        function.stats.took(outcome, started);
    }
    function.stats.end(outcome, fell_back);
}

#[cold]
#[inline(never)]
fn failed(function: &Function, ignored: bool, started: Instant, fell_back: bool) {
    end(function, if ignored { Outcome::Ignored } else { Outcome::Failure }, started, fell_back);
}

#[cold]
#[inline(never)]
fn unfinished(function: &Function, frame: &Frame, started: Instant, fell_back: bool) {
    let outcome = match frame.cut() {
        Cut::Cancelled => Outcome::Cancelled,
        Cut::TimedOut | Cut::Unwinding => Outcome::Failure,
    };
    end(function, outcome, started, fell_back);
}

impl Drop for Call<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.ended {
            self.unfinished();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::pin::pin;
    use std::task::{Context, Waker};
    use std::time::Duration;

    use super::super::{Declared, Function};
    use super::*;
    use crate::context::deadline::{self, Limit};
    use crate::context::frame::watch;

    macro_rules! function {
        () => {{
            static FUNCTION: Function = Function::new(Declared { path: "f", place: 0, layers: &[], settings: &[] });
            &FUNCTION
        }};
    }

    fn poll_and_drop(function: &'static Function) {
        let mut call = pin!(async {
            let frame = Frame::new();
            let mut call = Call::enter(function, &frame);
            watch(&frame, pending::<()>()).await;
            call.succeed();
        });
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(function.stats().in_flight, 1);
    }

    #[test]
    fn a_result_decides_how_a_call_ends() {
        let function = function!();
        let frame = Frame::new();
        Call::enter(function, &frame).succeed();
        Call::enter(function, &frame).fail();
        let mut call = Call::enter(function, &frame);
        call.judged(true);
        call.fail();
        let stats = function.stats();
        assert_eq!((stats.successes, stats.failures, stats.ignored, stats.calls), (1, 1, 1, 3));
    }

    #[test]
    fn an_ignored_attempt_does_not_hide_the_failure_of_the_fallback() {
        let function = function!();
        let frame = Frame::new();
        let mut call = Call::enter(function, &frame);
        call.judged(true);
        call.fell_back();
        call.fail();
        assert_eq!((function.stats().failures, function.stats().fell_back), (1, 1));
    }

    #[test]
    fn the_last_attempt_decides_whether_an_error_was_ignored() {
        let function = function!();
        let frame = Frame::new();
        let mut call = Call::enter(function, &frame);
        call.judged(true);
        call.judged(false);
        call.fail();
        assert_eq!((function.stats().failures, function.stats().ignored), (1, 0));
    }

    #[test]
    fn a_refusal_is_a_failure_whatever_was_ignored_before_it() {
        let function = function!();
        let frame = Frame::new();
        let mut call = Call::enter(function, &frame);
        call.judged(true);
        call.refuse();
        assert_eq!((function.stats().failures, function.stats().ignored), (1, 0));
    }

    #[test]
    fn a_call_that_is_dropped_while_suspended_is_cancelled() {
        let function = function!();
        poll_and_drop(function);
        assert_eq!((function.stats().cancelled, function.stats().in_flight), (1, 0));
    }

    #[test]
    fn a_call_that_had_nothing_left_when_it_began_is_cancelled() {
        let function = function!();
        let _entered = deadline::enter(Limit::from_now(Duration::ZERO));
        poll_and_drop(function);
        assert_eq!((function.stats().cancelled, function.stats().failures), (1, 0));
    }

    #[test]
    fn a_call_that_is_dropped_after_its_deadline_is_a_failure() {
        let function = function!();
        let mut call = Box::pin(async {
            let frame = Frame::new();
            let mut call = Call::enter(function, &frame);
            watch(&frame, pending::<()>()).await;
            call.succeed();
        });
        let limit = Limit::from_now(Duration::from_millis(5));
        {
            let _entered = deadline::enter(limit);
            assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        while clock::now() < limit.deadline() {
            std::hint::spin_loop();
        }
        drop(call);
        assert_eq!(function.stats().failures, 1);
    }

    #[test]
    fn a_panic_is_a_failure() {
        let function = function!();
        let caught = std::panic::catch_unwind(|| {
            let frame = Frame::new();
            let _call = Call::enter(function, &frame);
            panic!("boom");
        });
        assert!(caught.is_err());
        assert_eq!(function.stats().failures, 1);
    }

    #[cfg(feature = "test-util")]
    #[test]
    fn the_duration_is_that_of_the_clock_seam() {
        let function = function!();
        let clock = clock::manual();
        let frame = Frame::new();
        let mut call = Call::enter(function, &frame);
        clock.advance(Duration::from_secs(2));
        call.succeed();
        let second_to_two_and_a_half = 12;
        assert_eq!(function.readings().ended[0].buckets[second_to_two_and_a_half], (1, 2_000_000_000));
    }
}
