//! The async form: a future that races its body against a timer.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::Sleep;

use crate::clock::Instant;
use crate::deadline;
use crate::error::Error;

use super::handle::Timeout;
use super::term::Term;

/// Runs `body` for at most `limit`, counted from the first poll. `failed` tells a failure among its outputs.
///
/// The body is polled first, and wins when it is ready in the poll in which the limit has passed. The timer is armed
/// when the body is pending for the first time, so a body that is ready at once costs none.
///
/// # Panics
/// When the body is pending and there is no tokio runtime with its timer enabled.
///
/// # Cancel safety
/// The future only borrows the body: dropping it counts a cancelled call and leaves the body to its owner.
pub(crate) const fn limit<'a, F: Future>(
    timeout: &'a Timeout,
    limit: Duration,
    body: Pin<&'a mut F>,
    failed: fn(&F::Output) -> bool,
) -> Limited<'a, F> {
    let term = Term { deadline: Instant::NEVER, limit };
    Limited { timeout, body, failed, term, phase: Phase::New, timer: None }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Not polled yet; the term holds the limit only.
    New,
    /// Inside the body: a drop in this phase is a panic on its way.
    Running,
    /// The body is pending: a drop in this phase comes from outside.
    Suspended,
    Done,
}

pin_project_lite::pin_project! {
    /// The future of a body under a limit, made by an expansion of `#[timeout]`.
    #[must_use = "futures do nothing unless polled"]
    pub struct Limited<'a, F: Future> {
        timeout: &'a Timeout,
        body: Pin<&'a mut F>,
        failed: fn(&F::Output) -> bool,
        term: Term,
        phase: Phase,
        // Inline: the timer of a pending body would otherwise cost an allocation per call.
        #[pin]
        timer: Option<Sleep>,
    }

    impl<F: Future> PinnedDrop for Limited<'_, F> {
        fn drop(this: Pin<&mut Self>) {
            match this.phase {
                Phase::New | Phase::Done => {}
                Phase::Running => this.timeout.completed(),
                Phase::Suspended => this.timeout.dropped(this.term),
            }
        }
    }
}

impl<F: Future> Future for Limited<'_, F> {
    type Output = Result<F::Output, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if *this.phase == Phase::New {
            match this.timeout.start(this.term.limit) {
                Ok(term) => *this.term = term,
                Err(refused) => {
                    *this.phase = Phase::Done;
                    return Poll::Ready(Err(refused));
                }
            }
        }

        *this.phase = Phase::Running;
        let poll = {
            let _ambient = deadline::enter(this.term.deadline);
            this.body.as_mut().poll(cx)
        };
        if let Poll::Ready(output) = poll {
            *this.phase = Phase::Done;
            this.timeout.returned(*this.term, || (this.failed)(&output));
            return Poll::Ready(Ok(output));
        }

        *this.phase = Phase::Suspended;
        if this.timer.is_none() && this.term.deadline != Instant::NEVER {
            this.timer.set(Some(tokio::time::sleep(this.term.remaining())));
        }
        let Some(timer) = this.timer.as_pin_mut() else {
            return Poll::Pending;
        };
        // Unconstrained: a body that uses up its task's cooperative budget at each poll would hold the timer off for ever.
        ready!(pin!(tokio::task::unconstrained(timer)).poll(cx));
        *this.phase = Phase::Done;
        Poll::Ready(Err(this.timeout.timed_out(*this.term)))
    }
}

impl<F: Future> fmt::Debug for Limited<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limited").field("timeout", &self.timeout).field("phase", &self.phase).finish_non_exhaustive()
    }
}
