//! The last so many calls, in a byte each: a breaker per key is remembered many times over.

use std::collections::VecDeque;
use std::iter::repeat_n;
use std::time::Duration;

use super::{Sample, Successes, Tally};
use crate::core::clock::nanos;

const FAILED: u8 = 1;
const SLOW: u8 = 1 << 1;
/// Its latency stands in a row of its own. Few calls have one.
const TIMED: u8 = 1 << 2;

/// A window of calls.
#[derive(Debug)]
pub(crate) struct Last {
    size: usize,
    calls: VecDeque<u8>,
    /// In nanoseconds, of the timed calls.
    latencies: VecDeque<u64>,
    sum: Tally,
}

impl Last {
    pub(super) const fn new(size: usize) -> Self {
        let sum = Tally { calls: 0, failures: 0, slow: 0, timed: 0, latency: Duration::ZERO };
        Self { size, calls: VecDeque::new(), latencies: VecDeque::new(), sum }
    }

    pub(super) const fn sum(&self) -> Tally {
        self.sum
    }

    pub(super) fn push(&mut self, sample: Sample) {
        self.make_room(1);
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        let timed = flag(sample.latency.is_some(), TIMED);
        self.calls.push_back(flag(sample.failed, FAILED) | flag(sample.slow, SLOW) | timed);
        self.latencies.extend(sample.latency.map(nanos));
        self.sum.add(sample);
    }

    pub(super) fn push_successes(&mut self, successes: Successes) {
        let whole = |calls: u64| usize::try_from(calls).unwrap_or(usize::MAX);
        let kept = whole(successes.calls).min(self.size);
        let timed = whole(successes.timed).min(kept);
        self.make_room(kept);
        // Which of them were timed is not known: those that are kept carry the mean.
        let mean = nanos(successes.latency).checked_div(successes.timed).unwrap_or(0);
        self.calls.extend(repeat_n(TIMED, timed).chain(repeat_n(0, kept - timed)));
        self.latencies.extend(repeat_n(mean, timed));
        self.sum.calls += kept as u64;
        self.sum.timed += timed as u64;
        self.sum.latency = self.sum.latency.saturating_add(Duration::from_nanos(mean.saturating_mul(timed as u64)));
    }

    /// Forgets the oldest calls, so that there is room for so many.
    fn make_room(&mut self, calls: usize) {
        let gone = (self.calls.len() + calls).saturating_sub(self.size);
        if gone == self.calls.len() {
            return self.clear();
        }
        for call in self.calls.drain(..gone).filter(|call| *call != 0) {
            self.sum.failures -= u64::from(call & FAILED != 0);
            self.sum.slow -= u64::from(call & SLOW != 0);
            if call & TIMED != 0 {
                self.sum.timed -= 1;
                let latency = self.latencies.pop_front().map_or(Duration::ZERO, Duration::from_nanos);
                self.sum.latency = self.sum.latency.saturating_sub(latency);
            }
        }
        self.sum.calls -= gone as u64;
    }

    pub(super) fn clear(&mut self) {
        self.calls.clear();
        self.latencies.clear();
        self.sum = Tally::default();
    }
}
