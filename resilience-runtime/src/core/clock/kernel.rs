//! Time as the Linux kernel tells it: the clock behind the standard library's, and the value that it had at the last
//! tick.

use std::time::Duration;

use rustix::time::{ClockId, clock_getres, clock_gettime};

use super::{Instant, ORIGIN, nanos};
use crate::core::sync::{AtomicU64, Ordering};

/// How far the clock of the last tick may lie behind, in nanoseconds. It only grows.
// Relaxed everywhere: who reads an earlier one has seen a reading that it holds for.
static LAG: AtomicU64 = AtomicU64::new(UNKNOWN);
const UNKNOWN: u64 = u64::MAX;

/// What is allowed for at least. Most kernels tick every 1 to 4 ms, but a tick may come late.
const LEAST: u64 = 10_000_000;

/// A clock that lies further behind is of no use.
const MOST: u64 = 20_000_000;

// A call more does not show beside the reading, and keeps it out of the code of those who rarely need it.
#[inline(never)]
pub(super) fn now() -> Instant {
    read(ClockId::Monotonic)
}

#[inline]
pub(super) fn recent() -> Instant {
    if is_usable(LAG.load(Ordering::Relaxed)) { read(ClockId::MonotonicCoarse) } else { first_or_exact() }
}

#[cold]
fn first_or_exact() -> Instant {
    if is_usable(lag()) { read(ClockId::MonotonicCoarse) } else { now() }
}

/// Neither zero, nor unknown, nor too much.
#[inline]
fn is_usable(lag: u64) -> bool {
    lag.wrapping_sub(1) < MOST
}

#[inline]
pub(super) fn lag() -> u64 {
    match LAG.load(Ordering::Relaxed) {
        UNKNOWN => measure(),
        lag => lag,
    }
}

#[inline]
pub(super) fn is_surely_ahead(moment: Instant, recent: Instant) -> bool {
    // As long as the lag is unknown nothing is sure.
    moment.0 > recent.0.saturating_add(LAG.load(Ordering::Relaxed))
}

/// Asks the kernel how often it ticks, and looks whether that can be.
#[cold]
fn measure() -> u64 {
    let ticks = clock_getres(ClockId::MonotonicCoarse);
    let tick =
        Duration::new(u64::try_from(ticks.tv_sec).unwrap_or(u64::MAX), u32::try_from(ticks.tv_nsec).unwrap_or(0));
    let lag = allowance(nanos(tick), seen());
    let _ = LAG.compare_exchange(UNKNOWN, lag, Ordering::Relaxed, Ordering::Relaxed);
    LAG.load(Ordering::Relaxed)
}

/// The lag to allow for, given the nanoseconds from tick to tick and a lag that was seen: zero where nothing will do.
fn allowance(tick: u64, seen: u64) -> u64 {
    let lag = tick.saturating_mul(2).max(LEAST);
    let is_credible = tick > 0 && seen <= lag;
    if is_credible && is_usable(lag) { lag } else { 0 }
}

/// How far the clock of the last tick lies behind right now, or less.
fn seen() -> u64 {
    // In this order, an interruption between the readings does not look like a lag.
    let exact = now();
    exact.0.saturating_sub(read(ClockId::MonotonicCoarse).0)
}

/// Looks again, now and then: a kernel may stop to tick for a while, and a virtual machine with it.
pub(super) fn watch_lag() {
    if is_usable(lag()) {
        LAG.fetch_max(seen(), Ordering::Relaxed);
    }
}

pub(super) fn settle(recent: Instant) -> Instant {
    now().min(Instant(recent.0.saturating_add(lag())))
}

/// A moment of [`now`] on the clock that the timers go by: the same.
pub(super) fn of_system(moment: Instant) -> Instant {
    moment
}

#[inline]
fn read(clock: ClockId) -> Instant {
    let time = clock_gettime(clock);
    // Both parts are positive: the clock counts from the start of the system.
    #[allow(clippy::cast_sign_loss)]
    let (seconds, nanos) = (time.tv_sec as u64 + ORIGIN.as_secs(), time.tv_nsec as u64);
    Instant(seconds.wrapping_mul(1_000_000_000).wrapping_add(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn the_lag_follows_the_tick_that_the_kernel_names() {
        for (tick, lag) in [(1, 10), (4, 10), (5, 10), (8, 16), (10, 20)] {
            assert_eq!(allowance(tick * MS, 0), lag * MS, "{tick} ms");
        }
    }

    #[test]
    fn where_the_kernel_ticks_too_slowly_the_exact_clock_is_read() {
        for tick in [0, 11 * MS, 100 * MS, u64::MAX] {
            assert_eq!(allowance(tick, 0), 0, "{tick} ns");
        }
        assert!(!is_usable(0) && !is_usable(UNKNOWN) && !is_usable(MOST + 1));
        assert!(is_usable(1) && is_usable(MOST));
    }

    #[test]
    fn what_is_seen_counts_more_than_what_the_kernel_says() {
        assert_eq!(allowance(4 * MS, 10 * MS), 10 * MS);
        assert_eq!(allowance(4 * MS, 11 * MS), 0);
    }

    #[test]
    fn the_clock_of_this_kernel_does_not_lie_further_behind_than_is_said() {
        let mut furthest = 0;
        let end = now().saturating_add(Duration::from_millis(30));
        while now() < end {
            furthest = furthest.max(seen());
        }
        watch_lag();
        assert!(!is_usable(lag()) || furthest <= lag(), "{furthest} ns, {} are said", lag());
    }
}
