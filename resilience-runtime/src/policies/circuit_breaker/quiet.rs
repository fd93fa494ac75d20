//! The successes of a closed breaker.
//!
//! Most calls of a healthy service succeed, and mostly such a success can trip no rule. Then it is only counted, in a
//! stripe that its thread alone writes, and the machine takes the counts in when it is next asked: before a failure is
//! judged, and before anybody looks. That is what lets many threads use one breaker without a shared write.
//!
//! A stripe is armed, under the machine's lock, for one value of the gate, which is that of one generation, and in a
//! window of time for one slot of it. So what it has counted since belongs there; what a thread counts too late, because
//! the breaker made a transition in between, is in the lifetime count and in no window.

mod shared;

use std::time::Duration;

pub(super) use shared::SharedQuiet;

use crate::core::clock::{Instant, nanos};
use crate::core::stats::bump;
use crate::core::sync::{AtomicU64, Ordering};
use crate::core::window::Successes;

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

    /// The call is counted last, so that whoever finds it finds its latency as well.
    #[cold]
    pub(super) fn count_timed(&self, latency: Duration) {
        let Counted { calls, timed, nanos: total } = &self.counted;
        bump(total, nanos(latency));
        timed.store(timed.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
        calls.store(calls.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
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
    /// The stripe's thread may be at it: a latency without its call waits for the call.
    pub(super) fn take(&self, gate: u64) -> (Successes, Instant) {
        let is_armed = self.is_armed(gate);
        let Counted { calls, timed, nanos } = &self.counted;
        let since = |counted: u64, absorbed: &AtomicU64| counted.wrapping_sub(absorbed.load(Ordering::Relaxed));
        // In the order in which they are found together: see `count_timed`.
        let calls = since(calls.load(Ordering::Acquire), &self.absorbed.calls);
        let timed = since(timed.load(Ordering::Acquire), &self.absorbed.timed);
        let nanos = since(nanos.load(Ordering::Relaxed), &self.absorbed.nanos);
        let timed = if is_armed { timed.min(calls) } else { timed };
        let nanos = if is_armed && timed == 0 { 0 } else { nanos };
        bump(&self.absorbed.calls, calls);
        bump(&self.absorbed.timed, timed);
        bump(&self.absorbed.nanos, nanos);
        let from = Instant::from_nanos(self.from.load(Ordering::Relaxed));
        let counted = Successes { calls, timed, latency: Duration::from_nanos(nanos) };
        (if is_armed { counted } else { Successes::default() }, from)
    }
}

#[cfg(all(test, resilience_loom))]
mod interleavings;
