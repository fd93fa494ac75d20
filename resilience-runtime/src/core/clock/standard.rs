//! Time as the standard library tells it, or tokio, or a hand. Only the exact reading exists here.

use std::sync::LazyLock;

use super::{Instant, ORIGIN, nanos};

pub(super) static EPOCH: LazyLock<std::time::Instant> = LazyLock::new(std::time::Instant::now);

pub(super) fn now() -> Instant {
    #[cfg(feature = "test-util")]
    {
        super::manual::now().unwrap_or_else(|| from_std(tokio::time::Instant::now().into_std()))
    }
    #[cfg(not(feature = "test-util"))]
    {
        from_std(std::time::Instant::now())
    }
}

pub(super) fn recent() -> Instant {
    now()
}

/// It was exact.
pub(super) fn settle(recent: Instant) -> Instant {
    recent
}

/// There is no other clock.
pub(super) const fn lag() -> u64 {
    0
}

pub(super) const fn watch_lag() {}

pub(super) fn is_surely_ahead(moment: Instant, recent: Instant) -> bool {
    moment > recent
}

/// A moment of [`now`] on the clock that the timers go by.
pub(super) fn of_system(moment: Instant) -> Instant {
    #[cfg(feature = "test-util")]
    {
        // As a length of time: virtual clocks have no moment in common with the system's.
        from_std(std::time::Instant::now()).saturating_add(moment.since(now()))
    }
    #[cfg(not(feature = "test-util"))]
    {
        moment
    }
}

fn from_std(instant: std::time::Instant) -> Instant {
    let epoch = *EPOCH;
    Instant(match instant.checked_duration_since(epoch) {
        Some(after) => nanos(ORIGIN).saturating_add(nanos(after)),
        None => nanos(ORIGIN).saturating_sub(nanos(epoch.duration_since(instant))),
    })
}
