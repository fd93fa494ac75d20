//! How the calls of one function end, and how long they take.
//!
//! Everything is derived from what a call writes once: its start, and at its end one bucket of one histogram.

use std::time::Duration;

use serde::Serialize;

use crate::core::clock::{self, Instant, nanos};
use crate::core::stats::Striped;
use crate::core::sync::{AtomicBool, AtomicU64, OnceBox, Ordering};

/// The upper bounds of the duration buckets, in seconds: those of MicroProfile Fault Tolerance 4.0, with two finer
/// ones below, because a call that a breaker refuses takes microseconds.
pub(crate) const BOUNDS: [f64; 16] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The bounds in nanoseconds. A call that takes exactly a bound lies below it, as Prometheus counts.
const BOUNDS_NANOS: [u64; BOUNDS.len()] = [
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    75_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    750_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    7_500_000_000,
    10_000_000_000,
];

/// Every bound closes a bucket, and one more is open.
pub(crate) const BUCKETS: usize = BOUNDS.len() + 1;

/// How many ways to end a call has.
pub(crate) const OUTCOMES: usize = Outcome::ALL.len();

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It returned a success, its own or a fallback's.
    Success,
    /// It returned a failure, or panicked, or one of our timeouts dropped it.
    Failure,
    /// It returned an error that a breaker was told to ignore.
    Ignored,
    /// Its caller dropped it.
    Cancelled,
}

impl Outcome {
    pub(crate) const ALL: [Self; 4] = [Self::Success, Self::Failure, Self::Ignored, Self::Cancelled];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Ignored => "ignored",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Set by the first export: who never looks at durations does not pay for two readings of the clock per call.
static TIMED: AtomicBool = AtomicBool::new(false);

/// From now on calls are timed.
pub(crate) fn time_calls() {
    TIMED.store(true, Ordering::Relaxed);
}

/// Whether calls are timed. Under virtual time always: tests look at durations before they export any.
// Relaxed: the flag guards nothing.
#[inline]
pub(super) fn is_timed() -> bool {
    cfg!(feature = "test-util") || cfg!(feature = "metrics") && TIMED.load(Ordering::Relaxed)
}

/// The counters of one function.
#[derive(Debug)]
pub(super) struct Stats {
    /// Begun, then ended by [`Outcome::ALL`], then those of them that fell back, then successes that ended the function's
    /// own retry at its first attempt, which are counted nowhere else.
    counts: Striped<{ 2 + 2 * OUTCOMES }>,
    /// Made by the first call that is timed. Not in place: they are most of a record, and the compiler looks at every
    /// word of every record in a user's build.
    durations: OnceBox<Durations>,
}

/// By [`Outcome::ALL`].
#[derive(Debug, Default)]
struct Durations([[Bucket; BUCKETS]; OUTCOMES]);

const ENTERED: usize = 0;
const ENDED: usize = 1;
const FELL_BACK: usize = ENDED + OUTCOMES;
const FIRST_TRIES: usize = FELL_BACK + OUTCOMES;

/// A bucket knows its sum as well, so that what is exported adds up.
#[derive(Debug, Default)]
struct Bucket {
    count: AtomicU64,
    nanos: AtomicU64,
}

impl Stats {
    pub(super) const fn new() -> Self {
        Self { counts: Striped::new(), durations: OnceBox::new() }
    }

    #[inline]
    pub(super) fn enter(&self) {
        self.counts.add(ENTERED, 1);
    }

    /// How long a call took that began then and ends now.
    #[cold]
    pub(super) fn took(&self, outcome: Outcome, started: Instant) {
        self.lasted(outcome, clock::now().since(started));
    }

    fn lasted(&self, outcome: Outcome, took: Duration) {
        let took = nanos(took);
        let bucket = BOUNDS_NANOS.partition_point(|bound| *bound < took);
        self.durations.get_or_init(Box::default).0[outcome as usize][bucket].add(took);
    }

    #[inline]
    pub(super) fn end(&self, outcome: Outcome, fell_back: bool) {
        if fell_back {
            self.counts.add(FELL_BACK + outcome as usize, 1);
        }
        self.counts.add(ENDED + outcome as usize, 1);
    }

    /// A success, and with it that of the function's own retry at its first attempt.
    #[inline]
    pub(super) fn end_at_first_try(&self, fell_back: bool) {
        if fell_back {
            self.counts.add(FELL_BACK + Outcome::Success as usize, 1);
        }
        self.counts.add(FIRST_TRIES, 1);
    }

    pub(super) fn first_tries(&self) -> u64 {
        self.counts.get(FIRST_TRIES)
    }

    /// The ends are read before the starts, so that no more calls have ended than have begun.
    pub(super) fn read(&self) -> Reading {
        let durations = self.durations.get();
        let buckets = |outcome: usize| {
            std::array::from_fn(|bucket| durations.map_or((0, 0), |all| all.0[outcome][bucket].read()))
        };
        let elsewhere = |outcome| if outcome == Outcome::Success as usize { self.first_tries() } else { 0 };
        let ended = std::array::from_fn(|outcome| EndedReading {
            calls: self.counts.get(ENDED + outcome) + elsewhere(outcome),
            fell_back: self.counts.get(FELL_BACK + outcome),
            buckets: buckets(outcome),
        });
        Reading { entered: self.counts.get(ENTERED), ended }
    }
}

impl Bucket {
    fn add(&self, nanos: u64) {
        // Relaxed: the increment that follows publishes it.
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Release);
    }

    /// The sum holds at least every call that the count holds.
    fn read(&self) -> (u64, u64) {
        let count = self.count.load(Ordering::Acquire);
        (count, self.nanos.load(Ordering::Relaxed))
    }
}

/// The counters at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) entered: u64,
    /// By [`Outcome::ALL`].
    pub(crate) ended: [EndedReading; OUTCOMES],
}

/// The calls that ended in one way.
#[derive(Debug, Clone)]
pub(crate) struct EndedReading {
    pub(crate) calls: u64,
    pub(crate) fell_back: u64,
    /// Timed calls and nanoseconds.
    pub(crate) buckets: [(u64, u64); BUCKETS],
}

impl Reading {
    /// Both together.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.entered += other.entered;
        for (all, more) in self.ended.iter_mut().zip(other.ended) {
            all.calls += more.calls;
            all.fell_back += more.fell_back;
            for ((count, nanos), (more, longer)) in all.buckets.iter_mut().zip(more.buckets) {
                *count += more;
                *nanos += longer;
            }
        }
        self
    }

    pub(crate) fn in_flight(&self) -> u64 {
        self.entered.saturating_sub(self.ended.iter().map(|ended| ended.calls).sum())
    }
}

/// How the calls of a function have ended: [`Function::stats`](super::Function::stats). All counts but `in_flight` only
/// grow.
///
/// ```
/// let registry = resilience::registry();
/// for function in registry.inventory() {
///     let calls = function.stats();
///     let ended = calls.successes + calls.failures + calls.ignored + calls.cancelled;
///     println!("{}: {ended} of {} calls ended, {} fell back", function.name(), calls.calls, calls.fell_back);
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CallStats {
    /// Calls that have begun.
    pub calls: u64,
    /// Calls that run now.
    pub in_flight: u64,
    /// Calls that returned a success, their own or a fallback's; of sync ones also after a limit of a caller has passed.
    pub successes: u64,
    /// Calls that returned a failure or panicked, and those that one of our timeouts dropped, if they had at least half
    /// of its limit.
    pub failures: u64,
    /// Calls that returned an error which a breaker was told to ignore.
    pub ignored: u64,
    /// Calls that their caller dropped, and those that one of our timeouts gave less than half of its limit.
    pub cancelled: u64,
    /// Calls, however they ended, in which a fallback ran.
    pub fell_back: u64,
}

impl CallStats {
    pub(super) fn of(reading: &Reading) -> Self {
        let [successes, failures, ignored, cancelled] = std::array::from_fn(|outcome| reading.ended[outcome].calls);
        Self {
            calls: reading.entered,
            in_flight: reading.in_flight(),
            successes,
            failures,
            ignored,
            cancelled,
            fell_back: reading.ended.iter().map(|ended| ended.fell_back).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_in_seconds_and_in_nanoseconds_are_the_same() {
        for (seconds, nanos) in BOUNDS.iter().zip(BOUNDS_NANOS) {
            assert_eq!(Duration::from_secs_f64(*seconds), Duration::from_nanos(nanos));
        }
        assert!(BOUNDS_NANOS.is_sorted());
    }

    #[test]
    fn a_call_of_exactly_a_bound_lies_below_it() {
        let stats = Stats::new();
        stats.lasted(Outcome::Success, Duration::from_millis(1));
        stats.lasted(Outcome::Success, Duration::from_nanos(1_000_001));
        stats.lasted(Outcome::Success, Duration::from_secs(3600));
        let buckets = stats.read().ended[0].buckets;
        assert_eq!(buckets[0], (1, 1_000_000));
        assert_eq!(buckets[1], (1, 1_000_001));
        assert_eq!(buckets[BUCKETS - 1], (1, 3_600_000_000_000));
    }

    #[test]
    fn a_success_at_the_first_try_is_a_success() {
        let stats = Stats::new();
        stats.enter();
        stats.end_at_first_try(true);
        let reading = CallStats::of(&stats.read());
        assert_eq!((reading.successes, reading.in_flight, reading.fell_back, stats.first_tries()), (1, 0, 1, 1));
    }

    #[test]
    fn what_has_begun_and_not_ended_is_in_flight() {
        let stats = Stats::new();
        stats.enter();
        stats.enter();
        stats.end(Outcome::Failure, true);
        let reading = CallStats::of(&stats.read());
        assert_eq!((reading.calls, reading.in_flight, reading.failures, reading.fell_back), (2, 1, 1, 1));
    }
}
