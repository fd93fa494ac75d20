//! Sliding windows over finished calls: the last n, or those of the last while.

mod last;

use std::collections::VecDeque;
use std::time::Duration;

use crate::core::clock::{Instant, nanos};
use last::Last;

/// How much history a rule looks at.
///
/// ```
/// use std::time::Duration;
/// use resilience::{CircuitBreaker, Window};
///
/// assert_eq!(Window::from(20), Window::Calls(20));
/// assert_eq!(Window::from(Duration::from_secs(60)), Window::Time(Duration::from_secs(60)));
///
/// let breaker = CircuitBreaker::builder("jira_api").failure_rate(0.5).window(Duration::from_secs(60)).build();
/// assert!(breaker.is_ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Window {
    /// The last so many calls, exactly.
    Calls(u32),
    /// The calls of the last while, exact to a tenth of it.
    Time(Duration),
}

impl From<u32> for Window {
    fn from(calls: u32) -> Self {
        Self::Calls(calls)
    }
}

impl From<i32> for Window {
    /// A negative number of calls becomes 0, which `build()` refuses.
    fn from(calls: i32) -> Self {
        Self::Calls(u32::try_from(calls).unwrap_or(0))
    }
}

impl From<usize> for Window {
    fn from(calls: usize) -> Self {
        Self::Calls(u32::try_from(calls).unwrap_or(u32::MAX))
    }
}

impl From<Duration> for Window {
    fn from(length: Duration) -> Self {
        Self::Time(length)
    }
}

/// One finished call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) failed: bool,
    pub(crate) slow: bool,
    /// Not every call is timed.
    pub(crate) latency: Option<Duration>,
}

/// Calls that all succeeded, in bulk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Successes {
    pub(crate) calls: u64,
    /// Those among them that were timed, and their latencies together.
    pub(crate) timed: u64,
    pub(crate) latency: Duration,
}

/// The sum of the samples in a window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) calls: u64,
    pub(crate) failures: u64,
    pub(crate) slow: u64,
    pub(crate) timed: u64,
    pub(crate) latency: Duration,
}

impl Tally {
    fn add(&mut self, sample: Sample) {
        self.calls += 1;
        self.failures += u64::from(sample.failed);
        self.slow += u64::from(sample.slow);
        self.timed += u64::from(sample.latency.is_some());
        self.latency = self.latency.saturating_add(sample.latency.unwrap_or_default());
    }

    /// Adds what another window holds.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.calls += other.calls;
        self.failures += other.failures;
        self.slow += other.slow;
        self.timed += other.timed;
        self.latency = self.latency.saturating_add(other.latency);
    }

    fn remove(&mut self, gone: &Self) {
        self.calls -= gone.calls;
        self.failures -= gone.failures;
        self.slow -= gone.slow;
        self.timed -= gone.timed;
        self.latency = self.latency.saturating_sub(gone.latency);
    }

    /// Failures per call; 0 when there was none.
    pub(crate) fn failure_rate(&self) -> f64 {
        share(self.failures, self.calls)
    }

    /// Slow calls per call; 0 when there was none.
    pub(crate) fn slow_rate(&self) -> f64 {
        share(self.slow, self.calls)
    }

    /// The mean latency of the timed calls; `None` when there was none.
    pub(crate) fn mean_latency(&self) -> Option<Duration> {
        nanos(self.latency).checked_div(self.timed).map(Duration::from_nanos)
    }
}

// A quotient, not `ceil(rate * calls)`: 7 of 100 must reach 0.07, which the product misses by rounding.
#[allow(clippy::cast_precision_loss)]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The samples of a window and their sum.
#[derive(Debug)]
pub(crate) enum History {
    Calls(Last),
    Time { slot: Duration, slots: VecDeque<(u64, Tally)>, sum: Tally },
}

/// A time window slides by a tenth of its length.
const SLOTS: u32 = 10;

impl History {
    pub(crate) fn new(window: Window) -> Self {
        match window {
            Window::Calls(size) => Self::Calls(Last::new(size.max(1) as usize)),
            Window::Time(length) => {
                let slot = (length / SLOTS).max(Duration::from_nanos(1));
                Self::Time { slot, slots: VecDeque::new(), sum: Tally::default() }
            }
        }
    }

    pub(crate) fn push(&mut self, now: Instant, sample: Sample) {
        match self {
            Self::Calls(last) => last.push(sample),
            Self::Time { slot, slots, sum } => {
                let index = expire(*slot, slots, sum, now);
                // Threads may arrive out of order: a late one counts in the newest slot.
                if slots.back().is_none_or(|(newest, _)| *newest < index) {
                    slots.push_back((index, Tally::default()));
                }
                if let Some((_, tally)) = slots.back_mut() {
                    tally.add(sample);
                }
                sum.add(sample);
            }
        }
    }

    /// Successes in bulk, of about one time. A window of time takes them into the slot they belong to.
    pub(crate) fn push_successes(&mut self, at: Instant, successes: Successes) {
        match self {
            Self::Calls(last) => last.push_successes(successes),
            Self::Time { slot, slots, sum } => {
                let index = at.as_nanos() / nanos(*slot);
                let place = slots.partition_point(|(known, _)| *known < index);
                if slots.get(place).is_none_or(|(known, _)| *known != index) {
                    slots.insert(place, (index, Tally::default()));
                }
                let Successes { calls, timed, latency } = successes;
                let lot = Tally { calls, timed, latency, ..Tally::default() };
                slots[place].1.merge(&lot);
                sum.merge(&lot);
            }
        }
    }

    /// The slot of a window of time in which `now` lies, from its start to its end.
    pub(crate) fn slot(&self, now: Instant) -> Option<(Instant, Instant)> {
        match self {
            Self::Calls(_) => None,
            Self::Time { slot, .. } => {
                let start = Instant::from_nanos(now.as_nanos() / nanos(*slot) * nanos(*slot));
                Some((start, start.saturating_add(*slot)))
            }
        }
    }

    /// The sum, with what has slid out of a window of time since the last change.
    pub(crate) const fn sum(&self) -> Tally {
        match self {
            Self::Calls(last) => last.sum(),
            Self::Time { sum, .. } => *sum,
        }
    }

    pub(crate) fn tally(&mut self, now: Instant) -> Tally {
        match self {
            Self::Calls(last) => last.sum(),
            Self::Time { slot, slots, sum } => {
                expire(*slot, slots, sum, now);
                *sum
            }
        }
    }

    pub(crate) fn clear(&mut self) {
        match self {
            Self::Calls(last) => last.clear(),
            Self::Time { slots, sum, .. } => {
                slots.clear();
                *sum = Tally::default();
            }
        }
    }
}

/// Drops the slots that `now` has left behind. Returns the index of the current slot.
fn expire(slot: Duration, slots: &mut VecDeque<(u64, Tally)>, sum: &mut Tally, now: Instant) -> u64 {
    let index = now.as_nanos() / nanos(slot);
    while let Some((oldest, tally)) = slots.front() {
        if oldest.saturating_add(u64::from(SLOTS)) > index {
            break;
        }
        sum.remove(tally);
        slots.pop_front();
    }
    index
}

#[cfg(test)]
mod tests;
