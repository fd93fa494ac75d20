//! A limit in force: when it began, and how long it is.

#[cfg(test)]
use std::time::Duration;

use crate::core::clock::{Instant, nanos};

/// A limit that somebody has set. It ends at its [`deadline`](Self::deadline); its length says how much of it a call had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    start: u64,
    /// In nanoseconds; above 0.
    length: u64,
}

impl Limit {
    /// None: it never ends.
    pub(crate) const NONE: Self = Self { start: 0, length: u64::MAX };

    /// The limit of `length` nanoseconds that begins then. One of no length ends as it begins, and has a length for all
    /// that: none is how it is told that there is no limit.
    #[inline]
    pub(crate) const fn starting(start: Instant, length: u64) -> Self {
        match length {
            0 => Self { start: start.as_nanos().saturating_sub(1), length: 1 },
            _ => Self { start: start.as_nanos(), length },
        }
    }

    /// When it ends; [`Instant::NEVER`] if it does not.
    #[inline]
    pub(crate) const fn deadline(self) -> Instant {
        Instant::from_nanos(self.start.saturating_add(self.length))
    }

    /// The one that ends first.
    #[inline]
    pub(crate) fn nearer(self, other: Self) -> Self {
        if other.deadline() < self.deadline() { other } else { self }
    }

    /// The one that ends last.
    #[inline]
    pub(crate) fn later(self, other: Self) -> Self {
        if other.deadline() > self.deadline() { other } else { self }
    }

    /// Whether what begins then has at least half of it.
    pub(crate) fn leaves_half(self, began: Instant) -> bool {
        let deadline = self.deadline();
        deadline != Instant::NEVER && nanos(deadline.since(began)) >= self.length.div_ceil(2)
    }

    /// The same limit on the clock of another thread: a manual clock belongs to one, so that limits cross as lengths of
    /// time.
    pub(crate) fn for_thread(self, now: Instant) -> impl FnOnce(Instant) -> Self {
        let passed = now.since(Instant::from_nanos(self.start));
        let left = (self.deadline() != Instant::NEVER).then(|| self.deadline().since(now));
        move |now| {
            let Some(left) = left else { return Self::NONE };
            let start = now.as_nanos().saturating_sub(nanos(passed));
            Self::starting(Instant::from_nanos(start), now.saturating_add(left).as_nanos().saturating_sub(start))
        }
    }

    /// The limit that begins now.
    #[cfg(test)]
    pub(crate) fn from_now(length: Duration) -> Self {
        Self::starting(crate::core::clock::now(), nanos(length))
    }

    pub(crate) const fn to_nanos(self) -> [u64; 2] {
        [self.start, self.length]
    }

    pub(crate) const fn from_nanos([start, length]: [u64; 2]) -> Self {
        Self { start, length }
    }
}
