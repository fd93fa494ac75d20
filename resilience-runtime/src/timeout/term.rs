//! The time of one call.

use std::time::Duration;

use crate::clock::{self, Instant};

/// What one call has been granted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    /// The moment by which it must be done.
    pub(super) deadline: Instant,
    /// The time it had at its start.
    pub(super) limit: Duration,
}

impl Term {
    /// Whether the deadline has passed.
    pub(super) fn is_over(self) -> bool {
        clock::now() >= self.deadline
    }
}
