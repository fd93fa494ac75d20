//! Time as the Linux kernel tells it: the clock behind the standard library's, and the value that it had at the last
//! tick.

use rustix::time::{ClockId, clock_gettime};

use super::{Instant, LAG, ORIGIN};

// A call more does not show beside the reading, and keeps it out of the code of those who rarely need it.
#[inline(never)]
pub(super) fn now() -> Instant {
    read(ClockId::Monotonic)
}

#[inline]
pub(super) fn recent() -> Instant {
    read(ClockId::MonotonicCoarse)
}

pub(super) fn settle(recent: Instant) -> Instant {
    now().min(recent.saturating_add(LAG))
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
