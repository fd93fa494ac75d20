//! Time as the Linux kernel tells it: the clock behind the standard library's, and the value that it had at the last
//! tick.

use std::sync::LazyLock;

use rustix::time::{ClockId, clock_gettime};

use super::{Epoch, Instant, ORIGIN};

/// A gap between two readings in which nothing else ran.
const CLOSE: u64 = 1_000;

static EPOCH: LazyLock<Epoch> = LazyLock::new(|| {
    let read = || (now(), std::time::Instant::now(), now());
    let mut pair = read();
    // The thread may lose its core between two readings; not ten times in a row.
    for _ in 0..10 {
        if pair.2.0 - pair.0.0 <= CLOSE {
            break;
        }
        pair = read();
    }
    let (before, std, after) = pair;
    Epoch { at: Instant(u64::midpoint(before.0, after.0)), std }
});

pub(super) fn epoch() -> &'static Epoch {
    &EPOCH
}

#[inline]
pub(super) fn now() -> Instant {
    read(ClockId::Monotonic)
}

#[inline]
pub(super) fn recent() -> Instant {
    read(ClockId::MonotonicCoarse)
}

#[inline]
fn read(clock: ClockId) -> Instant {
    let time = clock_gettime(clock);
    // Both parts are positive: the clock counts from the start of the system.
    #[allow(clippy::cast_sign_loss)]
    let (seconds, nanos) = (time.tv_sec as u64 + ORIGIN.as_secs(), time.tv_nsec as u64);
    Instant(seconds.wrapping_mul(1_000_000_000).wrapping_add(nanos))
}
