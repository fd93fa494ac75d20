//! The time of one call.

use std::time::Duration;

use crate::context::deadline::Limit;
use crate::core::clock::{self, Instant};

/// What one call has been granted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    /// When it began.
    start: Instant,
    /// The limit as it was written, in nanoseconds.
    limit: u64,
}

impl Term {
    pub(super) const fn starting(start: Instant, limit: u64) -> Self {
        Self { start, limit }
    }

    /// The one that ends then.
    pub(super) const fn ending(deadline: Instant, limit: u64) -> Self {
        match deadline {
            Instant::NEVER => Self { start: deadline, limit },
            _ => Self { start: Instant::from_nanos(deadline.as_nanos().saturating_sub(limit)), limit },
        }
    }

    /// The limit as it was written.
    pub(super) const fn written(self) -> Duration {
        Duration::from_nanos(self.limit)
    }

    /// The limit in force for this call alone.
    pub(super) const fn limit(self) -> Limit {
        Limit::starting(self.start, self.limit)
    }

    /// The moment by which it must be done.
    pub(super) const fn deadline(self) -> Instant {
        self.limit().deadline()
    }

    /// Whether the limit has passed.
    pub(super) fn is_over(self) -> bool {
        let deadline = self.deadline();
        deadline != Instant::NEVER && clock::now() >= deadline
    }

    /// What `outer` leaves of the limit, if that is less.
    pub(super) fn left(self, outer: Limit) -> Option<Duration> {
        (outer.deadline() < self.deadline()).then(|| outer.deadline().since(self.start))
    }
}
