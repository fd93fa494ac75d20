//! The attempts of a future that is its own coroutine: it cannot lend them its frame.

use std::mem;
use std::task::Poll;

use super::course::{Course, Owner, Run};
use super::{Attempts, Retry};
use crate::clock::Instant;
use crate::frame::Frame;

/// The attempts of one call after the other. Dropping them ends the call that is under way, as with [`Attempts`].
pub(crate) struct Held<'a> {
    retry: &'a Retry,
    frame: Frame,
    /// Of the call that is under way.
    call: Option<(Course, Instant)>,
}

impl<'a> Held<'a> {
    pub(crate) fn new(retry: &'a Retry) -> Self {
        Self { retry, frame: Frame::new(), call: None }
    }

    /// Polls what the call waits for; the first time that begins a call.
    pub(crate) fn poll<T>(&mut self, inner: impl FnOnce() -> Poll<T>) -> Poll<T> {
        if self.call.is_none() {
            self.frame = Frame::new();
            self.act(|_| ());
        }
        self.frame.poll(inner)
    }

    /// Does something with the attempts of the call that is under way. Should it panic, that ends the call.
    pub(crate) fn act<T>(&mut self, act: impl FnOnce(&mut Attempts<'_>) -> T) -> T {
        let mut attempts = Self::take(self.retry, &self.frame, &mut self.call);
        let output = act(&mut attempts);
        let call = (attempts.course, attempts.run.started);
        mem::forget(attempts);
        self.call = Some(call);
        output
    }

    /// Ends the call that is under way, if there is one.
    pub(crate) fn end(&mut self) {
        if self.call.is_some() {
            drop(Self::take(self.retry, &self.frame, &mut self.call));
        }
    }

    fn take<'b>(retry: &'b Retry, frame: &'b Frame, call: &mut Option<(Course, Instant)>) -> Attempts<'b> {
        let owner = Owner::Task(frame);
        match call.take() {
            Some((course, started)) => Attempts { run: Run { retry, owner, started }, course },
            None => retry.attempts(owner),
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.end();
    }
}
