//! Places: small numbers, each of one thread at a time. A thread that has one owns a stripe of every count it writes often.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{FAR, NEAR};
use crate::core::sync::{Mutex, global, thread_local};

/// Threads that have a place at a time, at most.
const PLACES: usize = NEAR + FAR;
/// That of a thread that has none.
const NONE: usize = usize::MAX;
/// How often a thread counts where it has no stripe before it gets one: who calls now and then shares. One under the model
/// checker, for which every step is dear.
pub(super) const PATIENCE: u32 = if cfg!(resilience_loom) { 1 } else { 32 };

struct Free {
    /// Of threads that have ended. The lowest goes first, so that the stripes of a policy lie close together.
    left: BinaryHeap<Reverse<usize>>,
    /// The first that no thread has had yet.
    fresh: usize,
}

global! {
    static FREE: Mutex<Free> = Mutex::new(Free { left: BinaryHeap::new(), fresh: 0 });
}

thread_local! {
    static PLACE: Cell<usize> = const { Cell::new(NONE) };
    /// The same, where it is near; [`NEAR`] for all other threads.
    static NEAR_PLACE: Cell<usize> = const { Cell::new(NEAR) };
    /// How often this thread has counted where it has no stripe.
    static MISSES: Cell<u32> = const { Cell::new(0) };
    static TENANT: Tenant = const { Tenant };
}

/// Gives the thread's place back when the thread ends.
struct Tenant;

impl Drop for Tenant {
    fn drop(&mut self) {
        // Destructors that run later may still count.
        let place = PLACE.replace(NONE);
        NEAR_PLACE.set(NEAR);
        if place != NONE {
            FREE.lock().left.push(Reverse(place));
        }
    }
}

/// The place of this thread; beyond all places when it has none.
pub(super) fn own() -> usize {
    PLACE.get()
}

/// The place of this thread, if it is one of the near ones; [`NEAR`] if not.
#[inline]
pub(super) fn near() -> usize {
    NEAR_PLACE.get()
}

/// The place of this thread, which has counted where it has no stripe, if it has done so often enough.
#[cold]
pub(super) fn claim() -> Option<usize> {
    let misses = MISSES.get().wrapping_add(1);
    MISSES.set(misses);
    if !misses.is_multiple_of(PATIENCE) {
        return None;
    }
    match PLACE.get() {
        NONE => take(),
        place => Some(place),
    }
}

fn take() -> Option<usize> {
    // A thread that is already being torn down could not give a place back.
    TENANT.try_with(|_| ()).ok()?;
    // The lock orders the last store of the place's previous thread before the first load of this one.
    let mut free = FREE.lock();
    let place = match free.left.pop() {
        Some(Reverse(place)) => place,
        None if free.fresh == PLACES => return None,
        None => {
            free.fresh += 1;
            free.fresh - 1
        }
    };
    PLACE.set(place);
    NEAR_PLACE.set(place.min(NEAR));
    Some(place)
}
