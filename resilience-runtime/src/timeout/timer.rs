//! The timers of pending bodies, used again and again.
//!
//! To make, arm and disarm a timer of the runtime costs more than all else that a limit does, and nearly every one is
//! disarmed long before it goes off. So a thread keeps the timers of finished calls as they are, armed, for later ones.
//! Under a later deadline such a timer goes off too soon and is set anew then: once per limit and not once per call.
//!
//! What a kept timer still holds until it goes off or is used again is the waker of its last task, which is then woken
//! once too often. With `test-util` timers are disarmed at once: a paused clock jumps to whatever is armed.

use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tokio::runtime::{Handle, Id};
use tokio::time::Sleep;

use crate::clock::{self, Instant};

/// How many timers a thread keeps: as many calls may wait at a time without an allocation for each.
pub(super) const KEPT: usize = 1024;

thread_local! {
    pub(super) static IDLE: RefCell<Vec<Pin<Box<Armed>>>> = const { RefCell::new(Vec::new()) };
}

/// A timer of the runtime that it was taken in. Dropped, it goes to the thread's idle ones.
pub(super) struct Timer(Option<Pin<Box<Armed>>>);

pin_project! {
    pub(super) struct Armed {
        runtime: Id,
        // When it goes off.
        moment: Instant,
        #[pin]
        sleep: Option<Sleep>,
    }
}

/// Waits for `deadline` on behalf of the task of `cx`.
///
/// # Panics
/// Outside of a tokio runtime, and inside of one whose timer is not enabled.
pub(super) fn poll_timer(timer: &mut Option<Timer>, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
    if deadline == Instant::NEVER {
        return Poll::Pending;
    }
    timer.get_or_insert_with(|| Timer::take(deadline)).poll(deadline, cx)
}

impl Timer {
    /// One that goes off at `deadline` or before.
    pub(super) fn take(deadline: Instant) -> Self {
        let runtime = Handle::current().id();
        let idle = IDLE.try_with(|idle| idle.borrow_mut().pop()).ok().flatten();
        let mut armed = idle.unwrap_or_else(|| Box::pin(Armed { runtime, moment: Instant::NEVER, sleep: None }));
        if !armed.is_usable(runtime, deadline) {
            armed.as_mut().arm(runtime, deadline);
        }
        Self(Some(armed))
    }

    fn poll(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        // Until it is dropped there is one.
        let Some(armed) = &mut self.0 else { return Poll::Pending };
        loop {
            let Some(sleep) = armed.as_mut().project().sleep.as_pin_mut() else { return Poll::Pending };
            // Unconstrained: a body that uses up its task's cooperative budget at each poll would hold the timer off
            // for ever.
            ready!(pin!(tokio::task::unconstrained(sleep)).poll(cx));
            if armed.moment >= deadline {
                return Poll::Ready(());
            }
            let runtime = armed.runtime;
            armed.as_mut().arm(runtime, deadline);
        }
    }
}

impl Armed {
    fn is_usable(&self, runtime: Id, deadline: Instant) -> bool {
        let armed = self.sleep.as_ref().is_some_and(|sleep| !sleep.is_elapsed());
        armed && self.runtime == runtime && self.moment <= deadline
    }

    fn arm(self: Pin<&mut Self>, runtime: Id, deadline: Instant) {
        let mut this = self.project();
        // As a length of time: a manual clock and the runtime's have no moment in common.
        let fresh = tokio::time::sleep(deadline.since(clock::now()));
        match this.sleep.as_mut().as_pin_mut() {
            Some(sleep) if *this.runtime == runtime => sleep.reset(fresh.deadline()),
            _ => this.sleep.set(Some(fresh)),
        }
        (*this.runtime, *this.moment) = (runtime, deadline);
    }
}

#[cfg(test)]
impl Timer {
    pub(super) fn runtime(&self) -> Option<Id> {
        self.0.as_ref().map(|armed| armed.runtime)
    }
}

#[cfg(test)]
impl Armed {
    #[cfg(not(feature = "test-util"))]
    pub(super) const fn moment(&self) -> Instant {
        self.moment
    }

    #[cfg(feature = "test-util")]
    pub(super) const fn is_armed(&self) -> bool {
        self.sleep.is_some()
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let Some(mut armed) = self.0.take() else { return };
        if cfg!(feature = "test-util") {
            armed.as_mut().project().sleep.set(None);
        }
        // A thread that is being torn down keeps none.
        let _ = IDLE.try_with(|idle| {
            let mut idle = idle.borrow_mut();
            if idle.len() < KEPT {
                idle.push(armed);
            }
        });
    }
}
