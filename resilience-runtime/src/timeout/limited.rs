//! The async form: a future that races its body against a timer.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::Sleep;

use crate::clock::{Instant, nanos};
use crate::deadline;
use crate::error::Error;
use crate::frame::Frame;

use super::handle::Timeout;
use super::term::Term;

/// Runs `body` for at most `limit`, counted from the first poll. `failed` tells a failure among its outputs.
///
/// The body is polled first, and wins when it is ready in the poll in which the limit has passed. The timer is armed
/// when the body is pending for the first time, so a body that is ready at once costs none.
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
    /// It looks after the frame by itself: whatever stands between a coroutine and the body that it awaits is one more
    /// type around the body, and the compiler's limit on nested types is a limit on calls of protected functions.
    #[must_use = "futures do nothing unless polled"]
    pub struct Limited<'a, F, P> {
        timeout: &'a Timeout,
        frame: &'a Frame,
        // In nanoseconds: a `Duration` is twice as large. Once the call has begun, what it was granted.
        limit: u64,
        deadline: Instant,
        failed: P,
        // Inline: the timer of a pending body would otherwise cost an allocation per call.
        #[pin]
        timer: Option<Sleep>,
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
    fn step(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<F::Output, Error>> {
        if self.deadline == IDLE {
            let term = self.timeout.start(Duration::from_nanos(self.limit))?;
            let this = self.as_mut().project();
            (*this.deadline, *this.limit) = (term.deadline, nanos(term.limit));
        }

        let term = self.term();
        let mut this = self.project();
        let poll = {
            let _ambient = deadline::enter(term.deadline);
            this.body.poll(cx)
        };
        if let Poll::Ready(output) = poll {
            *this.deadline = IDLE;
            this.timeout.returned(term, || (this.failed)(&output));
            return Poll::Ready(Ok(output));
        }

        if this.timer.is_none() && term.deadline != Instant::NEVER {
            this.timer.set(Some(tokio::time::sleep(term.remaining())));
        }
        let Some(timer) = this.timer.as_pin_mut() else {
            return Poll::Pending;
        };
        // Unconstrained: a body that uses up its task's cooperative budget at each poll would hold the timer off for ever.
        ready!(pin!(tokio::task::unconstrained(timer)).poll(cx));
        *this.deadline = IDLE;
        Poll::Ready(Err(this.timeout.timed_out(term)))
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
        frame.run(|| self.step(cx))
    }
}

impl<F, P> fmt::Debug for Limited<'_, F, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = Duration::from_nanos(self.limit);
        f.debug_struct("Limited").field("timeout", &self.timeout).field("limit", &limit).finish_non_exhaustive()
    }
}
