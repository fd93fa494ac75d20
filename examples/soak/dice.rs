//! Chance, one stream per thread.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

static SEED: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static STATE: Cell<u64> = Cell::new(SEED.fetch_add(1, Ordering::Relaxed).wrapping_mul(0xD134_2543_DE82_EF95));
}

/// SplitMix64.
fn next() -> u64 {
    let state = STATE.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
    STATE.set(state);
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// A number below `bound`, which is not 0. The bias of the remainder does not matter here.
pub fn below(bound: u64) -> u64 {
    next() % bound
}

/// True `percent` times in a hundred.
pub fn chance(percent: u64) -> bool {
    below(100) < percent
}

/// One of these.
pub fn one_of<T: Copy, const N: usize>(all: [T; N]) -> T {
    all[usize::try_from(below(N as u64)).unwrap_or(0)]
}

/// A time below `bound`.
pub fn time_below(bound: Duration) -> Duration {
    Duration::from_micros(below(u64::try_from(bound.as_micros()).unwrap_or(u64::MAX).max(1)))
}
