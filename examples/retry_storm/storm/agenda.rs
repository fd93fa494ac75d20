//! Virtual time: what happens next, and the clock that the policies read.

use std::collections::BTreeMap;
use std::time::Duration;

use resilience::clock::{self, Instant, ManualClock};
use resilience::rng;

/// The events to come. Those of one moment happen in the order in which they were planned.
pub(super) struct Agenda<E> {
    clock: ManualClock,
    start: Instant,
    planned: u64,
    events: BTreeMap<(Duration, u64), E>,
}

impl<E> Agenda<E> {
    /// An empty agenda at time zero. The thread's clock is its own from here on, and jitter follows from the seed.
    pub(super) fn new(seed: u64) -> Self {
        rng::seed(seed);
        let clock = clock::manual();
        Self { clock, start: clock::now(), planned: 0, events: BTreeMap::new() }
    }

    /// The time since the start, as the policies see it.
    pub(super) fn now(&self) -> Duration {
        clock::now().since(self.start)
    }

    pub(super) fn after(&mut self, delay: Duration, event: E) {
        self.events.insert((self.now() + delay, self.planned), event);
        self.planned += 1;
    }

    /// Moves the clock to the next event.
    pub(super) fn next(&mut self) -> Option<E> {
        let ((at, _), event) = self.events.pop_first()?;
        self.clock.advance(at - self.now());
        Some(event)
    }
}
