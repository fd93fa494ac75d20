//! The async form: a future that races its body against a timer.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::clock::{Instant, nanos};
use crate::deadline;
use crate::error::Error;
use crate::frame::Frame;

use super::handle::Timeout;
use super::term::Term;
use super::timer::{Timer, poll_timer};

/// Runs `body` for at most `limit`, counted from the first poll. `failed` tells a failure among its outputs.
///
/// The body is polled first, and wins when it is ready in the poll in which the limit has passed. The timer is armed
/// when the body is pending for the first time, and not before then is an exact clock asked: a body that is ready at
/// once costs neither. So the deadline is late by the time that passes before the first `.await`, or before somebody
/// asks for the deadline, and at most by [`LAG`](crate::clock::LAG).
///
/// `frame` is that of the coroutine that awaits the result.
///
/// # Panics
/// When the body is pending and there is no tokio runtime with its timer enabled.
///
/// # Cancel safety
/// Dropping the future drops the body and counts a cancelled call; after the limit, or when the ambient deadline has
/// passed, one that timed out.
#[inline]
pub(crate) fn limit<'a, F, P>(
    timeout: &'a Timeout,
    limit: Duration,
    frame: &'a Frame,
    body: F,
    failed: P,
) -> Limited<'a, F, P>
where
    F: Future,
    P: Fn(&F::Output) -> bool,
{
    Limited { timeout, frame, limit: nanos(limit), deadline: IDLE, failed, timer: None, body }
}

/// No call is under way: it has not begun, or it has ended. No deadline is as early: one that has passed is refused.
const IDLE: Instant = Instant::from_nanos(0);

pin_project_lite::pin_project! {
    /// The future of a body under a limit, made by an expansion of `#[timeout]`.
    ///
    /// It owns the body and looks after the frame by itself: as few types as possible stand between a coroutine and the
    /// body that it awaits, because every future around it has its own types nested around these.
    #[must_use = "futures do nothing unless polled"]
    pub struct Limited<'a, F, P> {
        timeout: &'a Timeout,
        frame: &'a Frame,
        // In nanoseconds: a `Duration` is twice as large. Once the call has begun, what it was granted.
        limit: u64,
        deadline: Instant,
        failed: P,
        timer: Option<Timer>,
        #[pin]
        body: F,
    }

    impl<F, P> PinnedDrop for Limited<'_, F, P> {
        fn drop(this: Pin<&mut Self>) {
            if this.deadline == IDLE {
                return;
            }
            if this.frame.is_suspended() {
                this.timeout.dropped(this.term());
            } else {
                // A panic on its way out of the body.
                this.timeout.completed();
            }
        }
    }
}

impl<F, P> Limited<'_, F, P> {
    fn term(&self) -> Term {
        Term { deadline: self.deadline, limit: Duration::from_nanos(self.limit) }
    }
}

impl<F, P> Limited<'_, F, P>
where
    F: Future,
    P: Fn(&F::Output) -> bool,
{
    #[inline]
    fn first(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<F::Output, Error>> {
        if self.limit == 0 || deadline::is_set() {
            let term = self.timeout.start(Duration::from_nanos(self.limit))?;
            let this = self.as_mut().project();
            (*this.deadline, *this.limit) = (term.deadline, nanos(term.limit));
            return self.again(cx);
        }
        let this = self.as_mut().project();
        *this.deadline = Instant::NEVER;
        let within = deadline::enter_within(*this.limit);
        match this.body.poll(cx) {
            Poll::Ready(output) => {
                *this.deadline = IDLE;
                match within.known() {
                    None => this.timeout.completed(),
                    Some(deadline) => this.timeout.returned(deadline, *this.limit, || (this.failed)(&output)),
                }
                Poll::Ready(Ok(output))
            }
            Poll::Pending => {
                *this.deadline = within.settle();
                drop(within);
                self.wait(cx)
            }
        }
    }

    fn again(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<F::Output, Error>> {
        let this = self.as_mut().project();
        let poll = {
            let _ambient = deadline::enter(*this.deadline);
            this.body.poll(cx)
        };
        match poll {
            Poll::Ready(output) => {
                let deadline = std::mem::replace(this.deadline, IDLE);
                this.timeout.returned(deadline, *this.limit, || (this.failed)(&output));
                Poll::Ready(Ok(output))
            }
            Poll::Pending => self.wait(cx),
        }
    }

    fn wait(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<F::Output, Error>> {
        let this = self.project();
        ready!(poll_timer(this.timer, *this.deadline, cx));
        let deadline = std::mem::replace(this.deadline, IDLE);
        Poll::Ready(Err(this.timeout.timed_out(Term { deadline, limit: Duration::from_nanos(*this.limit) })))
    }
}

impl<F, P> Future for Limited<'_, F, P>
where
    F: Future,
    P: Fn(&F::Output) -> bool,
{
    type Output = Result<F::Output, Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let frame = self.frame;
        frame.run(|| if self.deadline == IDLE { self.first(cx) } else { self.again(cx) })
    }
}

impl<F, P> fmt::Debug for Limited<'_, F, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = Duration::from_nanos(self.limit);
        f.debug_struct("Limited").field("timeout", &self.timeout).field("limit", &limit).finish_non_exhaustive()
    }
}
