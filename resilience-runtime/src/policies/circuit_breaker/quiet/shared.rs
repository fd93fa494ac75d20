//! The successes of the threads that have no stripe of their own, in one that they share.
//!
//! It is armed like the others, but its writers do not arm it themselves. So how often it was armed stands in one word
//! with the calls: who has looked at what it is armed for counts only if that is still so.

use std::time::Duration;

use crate::core::clock::Instant;
use crate::core::sync::{AtomicU64, Ordering};
use crate::core::window::Successes;

/// The calls, in the low bits of the word. They go round, and nobody waits that long to take them in: a timed call asks
/// the machine.
const CALLS: u64 = ARMED - 1;
/// How often it was armed and disarmed, in the high bits: odd while it is armed.
const ARMED: u64 = 1 << 40;

/// What many threads have counted without asking the machine.
#[derive(Debug, Default)]
pub(in super::super) struct SharedQuiet {
    word: AtomicU64,
    /// What it counts for. Written while it is not armed.
    gate: AtomicU64,
    from: AtomicU64,
    until: AtomicU64,
    /// The calls that the machine has taken in, in the lifetime of the breaker. Written under its lock.
    absorbed: AtomicU64,
}

impl SharedQuiet {
    /// Counts a success that reports now, if it is armed for it.
    pub(in super::super) fn count(&self, gate: u64, now: Option<Instant>) -> bool {
        let mut word = self.word.load(Ordering::Acquire);
        loop {
            // Relaxed: the word says that they are of one piece.
            let is_over = now.is_some_and(|now| now.as_nanos() >= self.until.load(Ordering::Relaxed));
            if word & ARMED == 0 || self.gate.load(Ordering::Relaxed) != gate || is_over {
                return false;
            }
            let counted = word & !CALLS | (word + 1) & CALLS;
            // Release: what was read above was read before the word changes. Acquire: what it is armed for now.
            match self.word.compare_exchange_weak(word, counted, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return true,
                Err(other) => word = other,
            }
        }
    }

    /// The successes counted in the lifetime of the breaker.
    pub(in super::super) fn total(&self) -> u64 {
        // Acquire: the calls that are read next are no older than those that were taken in.
        let absorbed = self.absorbed.load(Ordering::Acquire);
        absorbed.wrapping_add(since(self.word.load(Ordering::Relaxed), absorbed))
    }

    /// Under the machine's lock: what was counted since the last time, and from when. Nothing, if it was counted for
    /// another gate. From then on it is armed for nothing but this gate and slot.
    pub(in super::super) fn take(&self, gate: u64, slot: Option<(Instant, Instant)>) -> (Successes, Instant) {
        let is_of_gate = self.gate.load(Ordering::Relaxed) == gate;
        let from = Instant::from_nanos(self.from.load(Ordering::Relaxed));
        let is_of_slot = slot.is_none_or(|(start, _)| start == from);
        let calls =
            if is_of_gate && is_of_slot { self.absorb(self.word.load(Ordering::Acquire)) } else { self.disarm() };
        let counted = Successes { calls, timed: 0, latency: Duration::ZERO };
        (if is_of_gate { counted } else { Successes::default() }, from)
    }

    /// Under the machine's lock, after everything was taken in.
    pub(in super::super) fn arm(&self, gate: u64, slot: Option<(Instant, Instant)>) {
        if self.gate.load(Ordering::Relaxed) == gate && self.word.load(Ordering::Relaxed) & ARMED != 0 {
            return;
        }
        // What came in since then was counted for an earlier gate.
        self.disarm();
        let (from, until) = slot.map_or((0, u64::MAX), |(from, until)| (from.as_nanos(), until.as_nanos()));
        self.gate.store(gate, Ordering::Relaxed);
        self.from.store(from, Ordering::Relaxed);
        self.until.store(until, Ordering::Relaxed);
        // Release: who finds it armed finds for what.
        self.word.fetch_add(ARMED, Ordering::Release);
    }

    /// Lets nobody count any more. Returns the calls that have not been taken in.
    fn disarm(&self) -> u64 {
        let word = self.word.load(Ordering::Relaxed);
        // Acquire: who still counts for what it was armed for has read it by now.
        let word = if word & ARMED == 0 { word } else { self.word.fetch_add(ARMED, Ordering::Acquire) };
        self.absorb(word)
    }

    fn absorb(&self, word: u64) -> u64 {
        let absorbed = self.absorbed.load(Ordering::Relaxed);
        let calls = since(word, absorbed);
        self.absorbed.store(absorbed.wrapping_add(calls), Ordering::Release);
        calls
    }
}

/// The calls in `word` that came after so many.
const fn since(word: u64, absorbed: u64) -> u64 {
    word.wrapping_sub(absorbed) & CALLS
}
