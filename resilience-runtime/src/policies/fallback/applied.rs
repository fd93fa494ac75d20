//! A fallback that is running, and what is counted of it.

use std::borrow::Borrow;
use std::task::Poll;

use super::{Fallback, Recovery};
use crate::context::frame::{Cut, Frame};
use crate::core::event::EventKind;
use crate::core::outcome::Outcome;

impl Fallback {
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
    #[inline(never)]
    pub fn done(mut self, ok: bool) {
        self.settle(ok);
    }

    /// It has answered, or handed back what it was given: that is the error.
    pub(crate) fn recovered<R: Outcome, E>(mut self, recovery: Recovery<R, E>) -> Result<R, E> {
        match recovery {
            Recovery::Applied(answer) => {
                self.settle(!answer.is_failure());
                Ok(answer)
            }
            Recovery::NotApplied(given) => {
                self.done = true;
                Err(given)
            }
        }
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
