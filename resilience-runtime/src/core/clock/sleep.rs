//! Waiting, on the same time that [`now`](super::now) reads.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::timer::{Timer, poll_timer};
use super::{Instant, now};

/// Suspends the task, under whatever executor. Under a manual clock it moves the clock and is done.
pub(crate) fn sleep(delay: Duration) -> Sleep {
    #[cfg(feature = "test-util")]
    if super::manual::advance(delay) {
        return Sleep { deadline: OVER, timer: None };
    }
    let deadline = if delay.is_zero() { OVER } else { now().saturating_add(delay) };
    Sleep { deadline, timer: None }
}

/// A moment that has passed: before the origin of all clocks.
const OVER: Instant = Instant::from_nanos(0);

/// See [`sleep`]. A type with a name: at every protected function the compiler would ask what is behind one without.
#[must_use = "futures do nothing unless polled"]
pub(crate) struct Sleep {
    deadline: Instant,
    timer: Option<Timer>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { deadline, timer } = &mut *self;
        if *deadline == OVER { Poll::Ready(()) } else { poll_timer(timer, *deadline, cx) }
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").field("deadline", &self.deadline).finish_non_exhaustive()
    }
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
