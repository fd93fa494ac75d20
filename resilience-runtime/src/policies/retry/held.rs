//! The attempts of a future that is its own coroutine: it cannot lend them its frame.

use std::task::Poll;

use super::course::Course;
use super::{Attempts, Retry};
use crate::context::frame::Frame;
use crate::core::clock::Instant;

/// The attempts of one call after the other. Dropping them ends the call that is under way, as with [`Attempts`].
pub(crate) struct Held<'a> {
    retry: &'a Retry,
    frame: Frame,
    course: Course,
    started: Instant,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    UnderWay,
    Over,
}

impl<'a> Held<'a> {
    #[inline]
    pub(crate) fn new(retry: &'a Retry) -> Self {
        Self { retry, frame: Frame::new(), course: Course::new(), started: Instant::NEVER, stage: Stage::New }
    }

    /// Polls what the call waits for; the first time that begins a call.
    #[inline]
    pub(crate) fn poll<T>(&mut self, inner: impl FnOnce() -> Poll<T>) -> Poll<T> {
        if self.stage != Stage::UnderWay {
            if self.stage == Stage::Over {
                *self = Self::new(self.retry);
            }
            if !self.retry.is_plain() {
                self.started = self.retry.prepare();
            }
            self.stage = Stage::UnderWay;
        }
        self.frame.poll(inner)
    }

    /// Does something with the attempts of the call that is under way. Should it panic, that ends the call.
    #[inline]
    pub(crate) fn act<T>(&mut self, act: impl FnOnce(&mut Attempts<'_>) -> T) -> T {
        let mut attempts = self.retry.resume_in_task(&self.frame, self.course, self.started);
        self.stage = Stage::Over;
        let output = act(&mut attempts);
        self.course = attempts.leave();
        self.stage = Stage::UnderWay;
        output
    }

    /// Ends the call that is under way, if there is one.
    #[inline]
    pub(crate) fn end(&mut self) {
        if self.stage == Stage::UnderWay {
            self.stage = Stage::Over;
            if !self.course.has_ended() {
                drop(self.retry.resume_in_task(&self.frame, self.course, self.started));
            }
        }
    }
}

impl Drop for Held<'_> {
    #[inline]
    fn drop(&mut self) {
        self.end();
    }
}
