//! Transitions on their way to whoever listens.
//!
//! Listeners are user code (a log subscriber), so nothing is told under the machine's lock. Two threads that had each
//! made a transition could then tell them in the wrong order, and a dashboard would believe the first for ever. So
//! transitions queue up, and one thread at a time tells them.

use std::collections::VecDeque;
use std::mem;

use super::reason::Transition;
use crate::clock::Instant;
use crate::sync::Mutex;

#[derive(Debug, Default)]
pub(super) struct Untold(Mutex<Queue>);

#[derive(Debug, Default)]
struct Queue {
    changes: VecDeque<(Transition, Instant)>,
    is_being_told: bool,
}

impl Untold {
    /// Called under the machine's lock.
    pub(super) fn push(&self, change: Transition, at: Instant) {
        self.0.lock().changes.push_back((change, at));
    }

    /// Tells what is queued, unless another thread is at it: that one then tells it. A listener that changes the state
    /// in turn does not get in its own way.
    pub(super) fn tell(&self, listener: impl Fn(Transition, Instant)) {
        if mem::replace(&mut self.0.lock().is_being_told, true) {
            return;
        }
        let interrupted = Interrupted(self);
        while let Some((change, at)) = self.next() {
            listener(change, at);
        }
        mem::forget(interrupted);
    }

    /// The next to be told. The end of the queue is the end of the turn, under one lock: who queues another one then
    /// tells it.
    fn next(&self) -> Option<(Transition, Instant)> {
        let mut queue = self.0.lock();
        let next = queue.changes.pop_front();
        queue.is_being_told = next.is_some();
        next
    }
}

/// Ends the turn of a thread whose listener panics.
struct Interrupted<'a>(&'a Untold);

impl Drop for Interrupted<'_> {
    fn drop(&mut self) {
        self.0.0.lock().is_being_told = false;
    }
}

#[cfg(all(test, resilience_loom))]
mod interleavings;
