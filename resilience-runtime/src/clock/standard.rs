//! Time as the standard library tells it, or tokio, or a hand. Only the exact reading exists here.

use std::sync::LazyLock;

use super::{Epoch, Instant, ORIGIN, nanos};

static EPOCH: LazyLock<Epoch> = LazyLock::new(|| Epoch { at: Instant(nanos(ORIGIN)), std: std::time::Instant::now() });

pub(super) fn epoch() -> &'static Epoch {
    &EPOCH
}

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

fn from_std(instant: std::time::Instant) -> Instant {
    let Epoch { at, std } = epoch();
    match instant.checked_duration_since(*std) {
        Some(after) => at.saturating_add(after),
        None => Instant(at.0.saturating_sub(nanos(std.duration_since(instant)))),
    }
}
