//! Time: the only module that reads a clock.
//!
//! Every policy measures with [`Instant`], a count of nanoseconds from a process-wide origin. With the feature
//! `test-util` the count follows tokio's clock, so `tokio::time::pause()` and `start_paused` drive breakers and
//! retries, on sync functions too; and `clock::manual()` drives sync tests that have no runtime. Without the feature
//! the seam reads the operating system's monotonic clock and nothing else.
//!
//! There are two readings. [`now`] is exact. `recent` may lie a few milliseconds behind it and costs a tenth, where the
//! system has such a clock; it serves what need not be known better, and every user of it says how much that is.
//!
//! A sync test that owns the time, with `test-util`:
//!
//! ```
//! # #[cfg(feature = "test-util")] {
//! use std::time::Duration;
//! use resilience::{Retry, clock};
//!
//! let _clock = clock::manual();
//! let start = clock::now();
//! let retry = Retry::builder("search").max_attempts(2).jitter(resilience::Jitter::None).build().unwrap();
//! let _ = retry.call(|| Err::<(), _>("busy")); // returns at once
//! assert_eq!(clock::now().since(start), Duration::from_millis(100));
//! # }
//! ```

// The clocks are banned everywhere else; here they enter.
#![allow(clippy::disallowed_methods)]

#[cfg(feature = "test-util")]
mod manual;
mod sample;
mod sleep;
mod task;
mod timer;

#[cfg(all(not(feature = "test-util"), any(target_os = "linux", target_os = "android")))]
#[path = "kernel.rs"]
mod source;
#[cfg(not(all(not(feature = "test-util"), any(target_os = "linux", target_os = "android"))))]
#[path = "standard.rs"]
mod source;

#[cfg(feature = "test-util")]
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

#[cfg(feature = "test-util")]
pub use manual::{ManualClock, manual};
pub(crate) use sample::is_sampled;
pub(crate) use sleep::{Sleep, sleep, sleep_blocking};
pub(crate) use task::is_polled;
pub(crate) use timer::{Timer, poll_timer};

/// A point in time, in nanoseconds from a process-wide origin. It never goes back, and has no meaning outside of its
/// process.
///
/// ```
/// use std::time::Duration;
/// use resilience::clock::Instant;
///
/// let start = Instant::from_nanos(1_000);
/// let end = start.saturating_add(Duration::from_nanos(500));
/// assert_eq!(end.as_nanos(), 1_500);
/// assert_eq!((end.since(start), start.since(end)), (Duration::from_nanos(500), Duration::ZERO));
/// assert_eq!(end.saturating_add(Duration::MAX), Instant::NEVER);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(u64);

/// The origin lies in the past: a runtime whose paused clock started before it still counts upwards, and what looks back
/// from a young clock does not meet its zero.
const ORIGIN: Duration = Duration::from_secs(86_400);

impl Instant {
    /// A point no clock reaches: "no deadline".
    pub const NEVER: Self = Self(u64::MAX);

    /// The instant `nanos` after the origin.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the origin.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// `self + delay`, saturating at [`Instant::NEVER`].
    #[inline]
    #[must_use]
    pub fn saturating_add(self, delay: Duration) -> Self {
        Self(self.0.saturating_add(nanos(delay)))
    }

    /// The time from `earlier` to `self`; zero when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// A duration in whole nanoseconds, saturating after 584 years.
#[inline]
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// The current instant, as every policy reads it.
///
/// ```
/// let start = resilience::clock::now();
/// assert!(resilience::clock::now() >= start);
/// ```
#[inline]
#[must_use]
pub fn now() -> Instant {
    source::now()
}

/// The current instant, for a call that is timed. Most are not.
#[cold]
pub(crate) fn start() -> Instant {
    now()
}

/// The current instant, or one up to [`lag`] before it. Exact under virtual time.
#[inline]
pub(crate) fn recent() -> Instant {
    source::recent()
}

/// What the moment of an earlier [`recent`] was, as nearly as can still be told: not before it, and late by no more
/// than what has passed since, nor by more than [`lag`].
pub(crate) fn settle(recent: Instant) -> Instant {
    source::settle(recent)
}

/// How far the cheap clock that some rules go by may lie behind: so much later a limit may end, and so much too long the
/// `retry_after` of an open circuit may be.
///
/// It is 10 ms on kernels that tick every 5 ms or faster, up to 20 ms on slower ones, which are asked when the clock is
/// first read; should the kernel be seen to lie further behind, the larger value is told from then on. Zero where only
/// exact clocks are read: on kernels that tick more slowly still, on systems other than Linux and Android, and with
/// `test-util`.
///
/// ```
/// use std::time::Duration;
/// use resilience::clock;
///
/// assert!(clock::lag() < Duration::from_secs(1));
/// ```
#[must_use]
pub fn lag() -> Duration {
    Duration::from_nanos(source::lag())
}

/// Whether `moment` has certainly not come, as far as a [`recent`] reading can tell.
#[inline]
pub(crate) fn is_surely_ahead(moment: Instant, recent: Instant) -> bool {
    source::is_surely_ahead(moment, recent)
}

/// Looks whether [`lag`] still holds. To be called now and then, where nobody is in a hurry.
pub(crate) fn watch_lag() {
    source::watch_lag();
}

/// One moment on both clocks.
#[cfg(not(feature = "test-util"))]
fn reference() -> (SystemTime, Instant) {
    // Read anew each time: the wall clock is set now and then, and goes on while a suspended machine's other one stops.
    (SystemTime::now(), now())
}

/// One moment on both clocks.
#[cfg(feature = "test-util")]
fn reference() -> (SystemTime, Instant) {
    // Fixed: virtual time must move the wall clock as well.
    static START: LazyLock<SystemTime> =
        LazyLock::new(|| SystemTime::now().checked_sub(source::EPOCH.elapsed()).unwrap_or(SystemTime::UNIX_EPOCH));
    (*START, Instant(nanos(ORIGIN)))
}

/// The wall-clock time of `instant`, for people and documents.
pub(crate) fn wall(instant: Instant) -> SystemTime {
    let (wall, at) = reference();
    let moved = if instant >= at { wall.checked_add(instant.since(at)) } else { wall.checked_sub(at.since(instant)) };
    moved.unwrap_or(wall)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recent_reading_is_not_ahead_and_not_far_behind() {
        let mut furthest = Duration::ZERO;
        for _ in 0..10_000 {
            let (early, now) = (recent(), now());
            assert!(early <= now);
            furthest = furthest.max(now.since(early));
        }
        // A tick, and what a busy machine adds.
        assert!(furthest < Duration::from_secs(1), "{furthest:?}");
    }

    #[test]
    fn a_recent_moment_is_settled_not_before_it_was() {
        let before = now();
        let start = recent();
        let settled = settle(start);
        assert!(settled >= before && settled <= now(), "{before:?} {settled:?}");
        let long_ago = Instant(start.0 - nanos(Duration::from_secs(10)));
        assert!(settle(long_ago) >= long_ago && settle(long_ago) <= long_ago.saturating_add(lag()));
    }

    #[test]
    fn the_wall_clock_is_read_with_the_instant() {
        let (before, at) = (SystemTime::now(), now());
        let told = wall(at);
        // Both clocks are real, or both were when the process began: they cannot be far apart.
        let apart = told.duration_since(before).unwrap_or_else(|early| early.duration());
        assert!(apart < Duration::from_secs(10), "{apart:?}");
        let hour = Duration::from_secs(3600);
        let (late, early) = (wall(at.saturating_add(hour)), wall(Instant(at.0 - nanos(hour))));
        let span = late.duration_since(early).unwrap();
        assert!(span.abs_diff(2 * hour) < Duration::from_secs(10), "{span:?}");
        let _ = (wall(Instant::NEVER), wall(Instant(0)));
    }
}
