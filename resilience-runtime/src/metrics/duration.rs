//! Durations on their way from our buckets into those of an exporter.

use crate::function::{BOUNDS, BUCKETS, EndedReading, OUTCOMES, Reading};

const NANOS_PER_SECOND: f64 = 1e9;

/// What a recorder has heard about the durations of one function.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard([[Bucket; BUCKETS]; OUTCOMES]);

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    count: u64,
    nanos: u64,
}

/// `count` calls that took `seconds` each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Samples {
    pub(super) seconds: f64,
    pub(super) count: usize,
}

impl Heard {
    /// What is new in `reading`, for each outcome.
    pub(super) fn advance(&mut self, reading: &Reading) -> [Vec<Samples>; OUTCOMES] {
        std::array::from_fn(|outcome| {
            let EndedReading { buckets, .. } = &reading.ended[outcome];
            let heard = &mut self.0[outcome];
            let indexed = heard.iter_mut().zip(buckets).enumerate();
            indexed.filter_map(|(index, (bucket, totals))| bucket.advance(index, *totals)).collect()
        })
    }
}

impl Bucket {
    /// The new calls of this bucket, each as long as their mean: the bucket's count and its sum are then exact.
    #[allow(clippy::cast_precision_loss)]
    fn advance(&mut self, index: usize, (count, nanos): (u64, u64)) -> Option<Samples> {
        let new = count.checked_sub(self.count).filter(|new| *new > 0)?;
        let mean = nanos.saturating_sub(self.nanos) as f64 / new as f64;
        self.count = count;
        // A call that is being counted at this moment may show in the sum first. It must not move the others into the
        // next bucket; what is held back here, or was given too early, is settled next time.
        let (lowest, highest) = limits(index);
        let shown = mean.clamp(lowest, highest);
        self.nanos = if shown == mean { nanos } else { self.nanos.saturating_add(whole(shown * new as f64)) };
        Some(Samples { seconds: shown / NANOS_PER_SECOND, count: usize::try_from(new).unwrap_or(usize::MAX) })
    }
}

/// The shortest and the longest duration of a bucket, in nanoseconds.
fn limits(index: usize) -> (f64, f64) {
    let bound = |index: usize| BOUNDS.get(index).map(|seconds| (seconds * NANOS_PER_SECOND).round());
    let lowest = index.checked_sub(1).and_then(bound).map_or(0.0, |below| below + 1.0);
    (lowest, bound(index).unwrap_or(f64::INFINITY))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(nanos: f64) -> u64 {
    nanos.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE_TO_TEN_MILLIS: usize = 3;

    #[test]
    fn new_calls_are_shown_by_their_mean_and_only_once() {
        let mut bucket = Bucket::default();
        let first = bucket.advance(FIVE_TO_TEN_MILLIS, (2, 14_000_000));
        assert_eq!(first, Some(Samples { seconds: 0.007, count: 2 }));
        assert_eq!(bucket.advance(FIVE_TO_TEN_MILLIS, (2, 14_000_000)), None);
        let second = bucket.advance(FIVE_TO_TEN_MILLIS, (3, 23_000_000));
        assert_eq!(second, Some(Samples { seconds: 0.009, count: 1 }));
    }

    #[test]
    fn a_call_that_is_being_counted_moves_no_other_call_and_no_time_is_lost() {
        let mut bucket = Bucket::default();
        // One call of 9 ms is counted, another one of 8 ms shows only in the sum.
        let first = bucket.advance(FIVE_TO_TEN_MILLIS, (1, 17_000_000));
        assert_eq!(first, Some(Samples { seconds: 0.01, count: 1 }));
        let second = bucket.advance(FIVE_TO_TEN_MILLIS, (2, 17_000_000));
        assert_eq!(second, Some(Samples { seconds: 0.007, count: 1 }));
    }

    #[test]
    fn a_reading_that_was_overtaken_is_ignored() {
        let mut bucket = Bucket::default();
        assert!(bucket.advance(FIVE_TO_TEN_MILLIS, (5, 35_000_000)).is_some());
        assert_eq!(bucket.advance(FIVE_TO_TEN_MILLIS, (4, 28_000_000)), None);
    }

    #[test]
    fn the_limits_of_the_buckets_leave_no_gap() {
        assert_eq!(limits(0), (0.0, 1_000_000.0));
        assert_eq!(limits(1), (1_000_001.0, 2_500_000.0));
        assert_eq!(limits(BUCKETS - 1), (10_000_000_001.0, f64::INFINITY));
    }
}
