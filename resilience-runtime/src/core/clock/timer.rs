//! A moment that a task waits for.
//!
//! One thread of ours serves all tasks, under any executor and outside of every runtime ([`service`]). tokio's timers
//! do not: they panic where a runtime has no time, and nobody can ask a runtime whether it has; a kept one holds its
//! runtime, and the waker of its last task; and to arm and disarm one costs more than all else that a limit does.
//! With `test-util` it is tokio's clock that counts, so where there is a runtime with time its timers serve.

#[cfg(feature = "test-util")]
mod followed;
mod queue;
mod service;

use std::task::{Context, Poll};

use super::Instant;
use service::{SERVICE, Ticket};

/// The wait of one task. Dropped, it leaves nothing behind, the task's waker least of all.
pub(crate) struct Timer(Kind);

#[derive(Debug)]
enum Kind {
    Service(Ticket),
    #[cfg(feature = "test-util")]
    Runtime(followed::Followed),
}

/// Waits for `deadline` on behalf of the task of `cx`. The timer is set at the first poll.
pub(crate) fn poll_timer(timer: &mut Option<Timer>, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
    if deadline == Instant::NEVER {
        return Poll::Pending;
    }
    #[cfg(feature = "test-util")]
    if let Some(poll) = followed::poll(timer, deadline, cx) {
        return poll;
    }
    match timer {
        Some(Timer(Kind::Service(ticket))) if !SERVICE.renew(*ticket, cx.waker()) => Poll::Ready(()),
        Some(_) => Poll::Pending,
        None => {
            let ticket = SERVICE.insert(super::source::of_system(deadline), cx.waker().clone());
            *timer = Some(Timer(Kind::Service(ticket)));
            Poll::Pending
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        match self.0 {
            Kind::Service(ticket) => SERVICE.remove(ticket),
            #[cfg(feature = "test-util")]
            Kind::Runtime(_) => {}
        }
    }
}
