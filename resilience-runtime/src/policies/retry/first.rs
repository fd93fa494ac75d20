//! A first attempt that nothing has to be prepared for: what nearly every call comes down to.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::course::Course;
use super::stats::End;
use super::{Attempts, Retry, Step};
use crate::context::frame::Frame;
use crate::core::outcome::Outcome;

/// Counts a call that ends in a panic.
struct Unwinding<'a>(&'a Retry);

impl Drop for Unwinding<'_> {
    fn drop(&mut self) {
        self.0.0.counters.ended(false, End::NotRetryable);
    }
}

impl Retry {
    /// Runs what may panic before the call has anything else to count it.
    #[inline(always)]
    pub(super) fn first<T>(&self, body: impl FnOnce() -> T) -> T {
        let unwinding = Unwinding(self);
        let output = body();
        mem::forget(unwinding);
        output
    }

    /// Counts a success at the first attempt; after an error the call goes on.
    #[inline(always)]
    pub(super) fn first_ended<T, E>(&self, result: Result<T, E>) -> Result<T, E> {
        match result {
            Ok(value) => {
                self.0.counters.ended(false, End::Success);
                Ok(value)
            }
            Err(error) => Err(error),
        }
    }
}

/// Where a call stands whose first attempt has failed and will be followed by another.
pub(super) struct Delay(Course, Duration);

impl Retry {
    /// What to do after a first attempt that failed; `None` for nothing.
    #[cold]
    pub(super) fn first_failed<E: 'static>(&self, frame: &Frame, error: &E) -> Option<Delay> {
        let mut attempts = self.start_in_task(frame);
        let Step::Retry(delay) = attempts.failed(error) else { return None };
        let course = attempts.course;
        // The call goes on.
        mem::forget(attempts);
        Some(Delay(course, delay))
    }
}

impl Attempts<'_> {
    /// Takes up a call after its first attempt; what is left to do is to wait.
    pub(super) const fn after_first(&mut self, Delay(course, delay): Delay) -> Duration {
        self.course = course;
        delay
    }
}

pin_project_lite::pin_project! {
    /// Awaits the first attempt of an async call.
    #[must_use = "futures do nothing unless polled"]
    pub(super) struct First<'a, F> {
        retry: &'a Retry,
        frame: &'a Frame,
        ended: bool,
        #[pin]
        attempt: F,
    }

    impl<F> PinnedDrop for First<'_, F> {
        fn drop(this: Pin<&mut Self>) {
            if !this.ended {
                this.retry.0.counters.ended(false, End::of(this.frame.cut()));
            }
        }
    }
}

impl<'a, F> First<'a, F> {
    #[inline(always)]
    pub(super) const fn new(retry: &'a Retry, frame: &'a Frame, attempt: F) -> Self {
        Self { retry, frame, ended: false, attempt }
    }
}

impl<F: Future<Output: Outcome>> Future for First<'_, F> {
    type Output = Result<<F::Output as Outcome>::Ok, <F::Output as Outcome>::Err>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        match this.frame.poll(|| this.attempt.poll(cx)) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(outcome) => {
                let result = this.retry.first_ended(outcome.into_result());
                *this.ended = true;
                Poll::Ready(result)
            }
        }
    }
}
