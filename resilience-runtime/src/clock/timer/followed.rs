//! tokio's timers, for tests: a clock that is paused, or moved, moves them along.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tokio::runtime::{Handle, Id};
use tokio::time::Sleep;

use super::{Kind, Timer};
use crate::clock::{self, Instant};

/// A timer of the runtime that the task was polled in.
#[derive(Debug)]
pub(super) struct Followed {
    runtime: Id,
    /// `None` only while it is dropped.
    room: Option<Room>,
}

type Room = Pin<Box<Option<Sleep>>>;

thread_local! {
    /// Room for timers. A call allocates nothing here, as it does not in production; so many may wait at a time.
    static ROOMS: RefCell<Vec<Room>> = const { RefCell::new(Vec::new()) };
    /// The runtime without time that was met last: what it panics with is printed once and not at each call.
    static TIMELESS: Cell<Option<Id>> = const { Cell::new(None) };
}

const KEPT: usize = 16;

/// Waits with the runtime's timer. `None` where there is no runtime, or it has no time.
pub(super) fn poll(timer: &mut Option<Timer>, deadline: Instant, cx: &mut Context<'_>) -> Option<Poll<()>> {
    if matches!(timer, Some(Timer(Kind::Service(_)))) {
        return None;
    }
    // A task may go from one executor to another, and the first one's runtime may have ended.
    let here = Handle::try_current().ok().map(|runtime| runtime.id());
    if let Some(Timer(Kind::Runtime(Followed { runtime, .. }))) = timer
        && here != Some(*runtime)
    {
        *timer = None;
    }
    if timer.is_none() {
        *timer = Some(Timer(Kind::Runtime(Followed::new(here?, deadline)?)));
    }
    let Some(Timer(Kind::Runtime(followed))) = timer else { return None };
    let sleep = followed.room.as_mut()?.as_mut().as_pin_mut()?;
    // Unconstrained: a body that uses up its task's cooperative budget at each poll would hold the timer off for ever.
    Some(pin!(tokio::task::unconstrained(sleep)).poll(cx))
}

impl Followed {
    fn new(runtime: Id, deadline: Instant) -> Option<Self> {
        if TIMELESS.get() == Some(runtime) {
            return None;
        }
        // As a length of time: a manual clock and the runtime's have no moment in common.
        let delay = deadline.since(clock::now());
        // There is no other way to ask (tokio-rs/tokio#8361). Production does not ask.
        let Ok(timer) = catch_unwind(AssertUnwindSafe(|| tokio::time::sleep(delay))) else {
            TIMELESS.set(Some(runtime));
            return None;
        };
        let kept = ROOMS.try_with(|rooms| rooms.borrow_mut().pop()).ok().flatten();
        let mut room = kept.unwrap_or_else(|| Box::pin(None));
        room.set(Some(timer));
        Some(Self { runtime, room: Some(room) })
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
