//! The wait between two attempts of an async call.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::context::frame::{Frame, watch};
use crate::core::clock::{self, Sleep};

/// Waits on behalf of the coroutine of `frame`.
#[inline]
pub fn pause(frame: &Frame, delay: Duration) -> Pause<'_> {
    Pause { frame, wait: Wait::of(delay) }
}

/// See [`pause`]. What `watch` makes, without parameters: at every protected function the compiler would ask whether they
/// are futures.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Pause<'a> {
    frame: &'a Frame,
    wait: Wait,
}

/// The wait itself.
#[derive(Debug)]
pub(crate) enum Wait {
    /// No time at all, which takes no timer. But others get their turn: attempts that await nothing else would keep the
    /// thread to themselves.
    Turn,
    Done,
    Delay(Sleep),
}

impl Future for Pause<'_> {
    type Output = ();

    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { frame, wait } = &mut *self;
        Pin::new(&mut watch(frame, wait)).poll(cx)
    }
}

impl Wait {
    #[inline]
    pub(crate) fn of(delay: Duration) -> Self {
        if delay.is_zero() { Self::Turn } else { Self::Delay(clock::sleep(delay)) }
    }
}

impl Future for Wait {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match &mut *self {
            Self::Turn => {
                *self = Self::Done;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Done => Poll::Ready(()),
            Self::Delay(sleep) => Pin::new(sleep).poll(cx),
        }
    }
}
