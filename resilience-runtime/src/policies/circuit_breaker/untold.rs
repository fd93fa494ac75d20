//! Transitions on their way to whoever listens.
//!
//! Listeners are user code (a log subscriber), so nothing is told under the machine's lock. Two threads that had each
//! made a transition could then tell them in the wrong order, and a dashboard would believe the first for ever. So
//! transitions queue up, and one thread at a time tells them.

use std::collections::VecDeque;
use std::mem;

use super::reason::Effect;
use crate::core::clock::Instant;
use crate::core::opening::Opening;
use crate::core::sync::{Arc, Mutex};

#[derive(Debug, Default)]
pub(super) struct Untold(Mutex<Queue>);

#[derive(Debug, Default)]
struct Queue {
    news: VecDeque<News>,
    is_being_told: bool,
}

type News = (Effect, Option<Arc<Opening>>, Instant);

impl Untold {
    /// Called under the machine's lock.
    pub(super) fn push(&self, effect: Effect, opening: Option<Arc<Opening>>, at: Instant) {
        self.0.lock().news.push_back((effect, opening, at));
    }

    /// Tells what is queued, unless another thread is at it: that one then tells it. A listener that changes the state
    /// in turn does not get in its own way.
    pub(super) fn tell(&self, listener: impl Fn(Effect, Option<Arc<Opening>>, Instant)) {
        if mem::replace(&mut self.0.lock().is_being_told, true) {
            return;
        }
        let interrupted = Interrupted(self);
        while let Some((effect, opening, at)) = self.next() {
            listener(effect, opening, at);
        }
        mem::forget(interrupted);
    }

    /// The next to be told. The end of the queue is the end of the turn, under one lock: who queues another one then
    /// tells it.
    fn next(&self) -> Option<News> {
        let mut queue = self.0.lock();
        let next = queue.news.pop_front();
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
