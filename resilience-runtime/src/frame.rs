//! Whether a call is running or suspended: how a dropped permit knows a panic from a cancellation.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::sync::{AtomicBool, Ordering};

/// One coroutine (or sync call) that holds permits.
///
/// A permit that is dropped without a report while its frame is suspended was cancelled from outside; one that is
/// dropped while the frame runs is being unwound. `std::thread::panicking` cannot tell the two apart: a sibling's
/// panic in a `join!` drops suspended futures too.
#[derive(Debug, Default)]
pub struct Frame {
    suspended: AtomicBool,
    coroutine: AtomicBool,
}

impl Frame {
    /// The frame of a call that starts running now.
    #[must_use]
    pub const fn new() -> Self {
        Self { suspended: AtomicBool::new(false), coroutine: AtomicBool::new(false) }
    }

    /// Whether the coroutine waits at an `.await`.
    // Relaxed: a coroutine is polled and dropped through `&mut`, which orders the accesses.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.suspended.load(Ordering::Relaxed)
    }

    /// Whether it has ever awaited: a sync call never does.
    pub(crate) fn is_coroutine(&self) -> bool {
        self.coroutine.load(Ordering::Relaxed)
    }
}

/// Awaits `future` on behalf of the coroutine of `frame`.
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

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.frame.suspended.store(false, Ordering::Relaxed);
        this.frame.coroutine.store(true, Ordering::Relaxed);
        let poll = this.future.poll(cx);
        if poll.is_pending() {
            this.frame.suspended.store(true, Ordering::Relaxed);
        }
        poll
    }
}
