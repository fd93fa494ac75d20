//! Whether a call is running or suspended: how a dropped permit knows a panic from a cancellation.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::sync::{AtomicU8, Ordering};

/// One coroutine (or sync call) that holds permits.
///
/// A permit that is dropped without a report while its frame is suspended was cancelled from outside; one that is
/// dropped while the frame runs is being unwound. `std::thread::panicking` cannot tell the two apart: a sibling's
/// panic in a `join!` drops suspended futures too.
#[derive(Debug, Default)]
pub struct Frame(AtomicU8);

/// It runs, and has not awaited yet.
const CALLED: u8 = 0;
/// It runs, and has awaited.
const POLLED: u8 = 1;
/// It waits at an `.await`.
const SUSPENDED: u8 = 2;

impl Frame {
    /// The frame of a call that starts running now.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicU8::new(CALLED))
    }

    /// Whether the coroutine waits at an `.await`.
    #[inline]
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.get() == SUSPENDED
    }

    /// Whether it has ever awaited: a sync call never does.
    #[inline]
    pub(crate) fn is_coroutine(&self) -> bool {
        self.get() != CALLED
    }

    /// Runs one `poll` of what the coroutine awaits.
    #[inline]
    pub(crate) fn run<T>(&self, poll: impl FnOnce() -> Poll<T>) -> Poll<T> {
        self.set(POLLED);
        let poll = poll();
        if poll.is_pending() {
            self.set(SUSPENDED);
        }
        poll
    }

    // Relaxed: a coroutine is polled and dropped through `&mut`, which orders the accesses.
    #[inline]
    fn get(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }

    #[inline]
    fn set(&self, state: u8) {
        self.0.store(state, Ordering::Relaxed);
    }
}

/// Awaits `future` on behalf of the coroutine of `frame`.
#[inline]
pub const fn watch<F: Future>(frame: &Frame, future: F) -> Watch<'_, F> {
    Watch { frame, future }
}

pin_project_lite::pin_project! {
    /// See [`watch`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Watch<'a, F> {
        frame: &'a Frame,
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Watch<'_, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.frame.run(|| this.future.poll(cx))
    }
}
