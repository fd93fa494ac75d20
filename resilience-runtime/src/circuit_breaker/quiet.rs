//! The successes of a closed breaker.
//!
//! Most calls of a healthy service succeed, and mostly such a success can trip no rule. Then it is only counted, in a
//! stripe that its thread alone writes, and the machine takes the counts in when it is next asked: before a failure is
//! judged, and before anybody looks. That is what lets many threads use one breaker without a shared write.
//!
//! A stripe is armed, under the machine's lock, for one value of the gate, which is that of one generation, and in a
//! window of time for one slot of it. So what it has counted since belongs there; what a thread counts too late, because
//! the breaker made a transition in between, is in the lifetime count and in no window.

use std::time::Duration;

use crate::clock::{Instant, nanos};
use crate::stats::bump;
use crate::sync::{AtomicU64, Ordering};
use crate::window::Successes;

/// Calls, and those among them that were timed.
#[derive(Debug, Default)]
struct Counted {
    calls: AtomicU64,
    timed: AtomicU64,
    nanos: AtomicU64,
}

/// What a thread has counted without asking the machine.
#[derive(Debug, Default)]
pub(super) struct Quiet {
    /// The gate this stripe counts for; 0 before it was armed.
    armed: AtomicU64,
    /// Where the slot of a window of time begins and ends; a window of calls has one without end.
    from: AtomicU64,
    until: AtomicU64,
    counted: Counted,
    /// How much of it the machine has taken in. Written under its lock.
    absorbed: Counted,
}

impl Quiet {
    /// Whether a success that reports now may be counted here.
    // Relaxed: only the thread that asks arms the stripe.
    #[inline]
    pub(super) fn is_armed(&self, gate: u64) -> bool {
        self.armed.load(Ordering::Relaxed) == gate
    }

    /// Whether the slot it is armed for is over.
    #[inline]
    pub(super) fn is_over(&self, now: Instant) -> bool {
        now.as_nanos() >= self.until.load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn count(&self) {
        bump(&self.counted.calls, 1);
    }

    #[cold]
    pub(super) fn count_timed(&self, latency: Duration) {
        self.count();
        bump(&self.counted.nanos, nanos(latency));
        bump(&self.counted.timed, 1);
    }

    /// The successes counted in the lifetime of the breaker.
    pub(super) fn total(&self) -> u64 {
        self.counted.calls.load(Ordering::Relaxed)
    }

    /// By the stripe's own thread, under the machine's lock and after everything was taken in.
    pub(super) fn arm(&self, gate: u64, slot: Option<(Instant, Instant)>) {
        let (from, until) = slot.map_or((0, u64::MAX), |(from, until)| (from.as_nanos(), until.as_nanos()));
        self.from.store(from, Ordering::Relaxed);
        self.until.store(until, Ordering::Relaxed);
        self.armed.store(gate, Ordering::Relaxed);
    }

    /// Under the machine's lock: what was counted since the last time, and from when. Nothing, if it was counted for
    /// another gate.
    ///
    /// The stripe's thread may be at it. What is read in the middle of a timed call is made up for by the next reading.
    pub(super) fn take(&self, gate: u64) -> (Successes, Instant) {
        let timed =
            self.counted.timed.load(Ordering::Relaxed).wrapping_sub(self.absorbed.timed.load(Ordering::Relaxed));
        let nanos = take(&self.counted.nanos, &self.absorbed.nanos);
        let calls = take(&self.counted.calls, &self.absorbed.calls);
        let timed = timed.min(calls);
        bump(&self.absorbed.timed, timed);
        let from = Instant::from_nanos(self.from.load(Ordering::Relaxed));
        let counted = Successes { calls, timed, latency: Duration::from_nanos(nanos) };
        (if self.is_armed(gate) { counted } else { Successes::default() }, from)
    }
}

fn take(counted: &AtomicU64, absorbed: &AtomicU64) -> u64 {
    let counted = counted.load(Ordering::Relaxed);
    let before = absorbed.load(Ordering::Relaxed);
    absorbed.store(counted, Ordering::Relaxed);
    counted.wrapping_sub(before)
}
