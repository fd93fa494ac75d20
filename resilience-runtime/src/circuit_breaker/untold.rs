//! Transitions on their way to whoever listens.
//!
//! Listeners are user code (a log subscriber), so nothing is told under the machine's lock. Two threads that had each
//! made a transition could then tell them in the wrong order, and a dashboard would believe the first for ever. So
//! transitions queue up, and one thread at a time tells them.

use std::collections::VecDeque;

use super::machine::Transition;
use crate::clock::Instant;
use crate::event::EventKind;
use crate::observe::Observer;
use crate::sync::{AtomicBool, Mutex, Ordering};

#[derive(Debug, Default)]
pub(super) struct Untold {
    queue: Mutex<VecDeque<(Transition, Instant)>>,
    telling: AtomicBool,
}

impl Untold {
    /// Called under the machine's lock.
    pub(super) fn push(&self, change: Transition, at: Instant) {
        self.queue.lock().push_back((change, at));
    }

    /// Tells what is queued, unless another thread is at it: that one then tells it. A listener that changes the state
    /// in turn does not get in its own way.
    pub(super) fn tell(&self, observer: &Observer) {
        while !self.queue.lock().is_empty() {
            if self.telling.swap(true, Ordering::Acquire) {
                return;
            }
            let turn = Turn(&self.telling);
            while let Some((Transition { from, to, .. }, at)) = self.next() {
                observer.emit_at(EventKind::StateChanged { from, to }, at);
            }
            // Between the last look and here another thread may have queued one and gone: the loop looks again.
            drop(turn);
        }
    }

    fn next(&self) -> Option<(Transition, Instant)> {
        self.queue.lock().pop_front()
    }
}

/// Ends the turn, also when a listener panics.
struct Turn<'a>(&'a AtomicBool);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
