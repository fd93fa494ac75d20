//! Waiting, on the same time that [`now`](super::now) reads.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// Suspends the task. Under a manual clock it moves the clock and is done.
pub(crate) fn sleep(delay: Duration) -> Sleep {
    #[cfg(feature = "test-util")]
    if super::manual::advance(delay) {
        return Sleep(None);
    }
    Sleep(Some(Box::pin(tokio::time::sleep(delay))))
}

/// See [`sleep`]. A type with a name: at every protected function the compiler would ask what is behind one without.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
// Boxed: a retry sleeps only after a failure, and 120 bytes of timer would sit in every caller's future.
pub(crate) struct Sleep(Option<Pin<Box<tokio::time::Sleep>>>);

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().map_or(Poll::Ready(()), |timer| timer.as_mut().poll(cx))
    }
}

/// Whether [`sleep`] can be awaited here: its timer is the runtime's, unless the clock is moved by hand.
pub(crate) fn can_sleep() -> bool {
    #[cfg(feature = "test-util")]
    if super::manual::now().is_some() {
        return true;
    }
    tokio::runtime::Handle::try_current().is_ok()
}

/// Blocks the thread. Under a stopped clock (manual or tokio's) it moves the clock and returns at once.
#[cold]
#[inline(never)]
pub(crate) fn sleep_blocking(delay: Duration) {
    #[cfg(feature = "test-util")]
    if super::manual::advance(delay) || virtual_time::advance(delay) {
        return;
    }
    std::thread::sleep(delay);
}

#[cfg(feature = "test-util")]
mod virtual_time {
    use std::pin::pin;
    use std::task::{Context, Waker};
    use std::time::{Duration, Instant};

    /// Moves tokio's clock if it is paused on this thread. Returns whether it is.
    pub(super) fn advance(by: Duration) -> bool {
        if !is_paused() {
            return false;
        }
        // The first poll of `advance` moves the clock; what it then awaits only yields to other tasks.
        let mut advance = pin!(tokio::time::advance(by));
        let _ = advance.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        true
    }

    /// tokio does not say whether its clock is paused, but a paused clock stands still while real time passes.
    fn is_paused() -> bool {
        if tokio::runtime::Handle::try_current().is_err() {
            return false;
        }
        let (before, real) = (tokio::time::Instant::now(), Instant::now());
        while real.elapsed() < Duration::from_micros(20) {
            std::hint::spin_loop();
        }
        tokio::time::Instant::now() == before
    }
}
