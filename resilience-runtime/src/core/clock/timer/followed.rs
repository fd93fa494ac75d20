//! tokio's timers, for tests: a clock that is paused, or moved, moves them along.

use std::cell::RefCell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::Sleep;

use super::{Kind, Timer};
use crate::core::clock::{self, Instant};

/// A timer of the runtime that the task was polled in.
#[derive(Debug)]
pub(super) struct Followed {
    /// `None` only while it is dropped.
    room: Option<Room>,
}

type Room = Pin<Box<Option<Sleep>>>;

thread_local! {
    /// Room for timers. A call allocates nothing here, as it does not in production; so many may wait at a time.
    static ROOMS: RefCell<Vec<Room>> = const { RefCell::new(Vec::new()) };
}

const KEPT: usize = 16;

/// Waits with the runtime's timer. `None` where there is no runtime, or it has no time.
pub(super) fn poll(timer: &mut Option<Timer>, deadline: Instant, cx: &mut Context<'_>) -> Option<Poll<()>> {
    if matches!(timer, Some(Timer(Kind::Service(_)))) {
        return None;
    }
    // As a length of time: a manual clock and the runtime's have no moment in common.
    let delay = deadline.since(clock::now());
    // Anew at each poll: a task may go from one runtime to another, and the first one may have ended. To tell them apart
    // by their ids, tokio would have to be newer than all else here asks for.
    let Some(sleep) = sleep(delay) else {
        *timer = None;
        return None;
    };
    if delay.is_zero() {
        return Some(Poll::Ready(()));
    }
    let timer = timer.get_or_insert_with(|| Timer(Kind::Runtime(Followed::new())));
    let Timer(Kind::Runtime(Followed { room: Some(room) })) = timer else { return None };
    room.set(Some(sleep));
    // Unconstrained: a body that uses up its task's cooperative budget at each poll would hold the timer off for ever.
    Some(pin!(tokio::task::unconstrained(room.as_mut().as_pin_mut()?)).poll(cx))
}

/// A timer of the runtime that is entered, if it has time.
fn sleep(delay: Duration) -> Option<Sleep> {
    Handle::try_current().ok()?;
    // There is no other way to ask (tokio-rs/tokio#8361). Production does not ask.
    catch_unwind(AssertUnwindSafe(|| tokio::time::sleep(delay))).ok()
}

impl Followed {
    fn new() -> Self {
        let kept = ROOMS.try_with(|rooms| rooms.borrow_mut().pop()).ok().flatten();
        Self { room: Some(kept.unwrap_or_else(|| Box::pin(None))) }
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        let Some(mut room) = self.room.take() else { return };
        room.set(None);
        // A thread that is being torn down keeps none.
        let _ = ROOMS.try_with(|rooms| {
            let mut rooms = rooms.borrow_mut();
            if rooms.len() < KEPT {
                rooms.push(room);
            }
        });
    }
}

#[cfg(test)]
mod tests;
