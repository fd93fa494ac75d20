//! A clock that a sync test moves by hand.

use std::cell::Cell;
use std::marker::PhantomData;
use std::time::Duration;

use super::{Instant, ORIGIN, nanos};
use crate::core::sync::{AtomicU64, Ordering, global};

global! {
    /// The latest instant that any manual clock has had. Relaxed: tests that run side by side promise each other nothing.
    static LATEST: AtomicU64 = AtomicU64::new(0);
}

/// Instants beyond are not remembered: a test that goes to the end of time must leave some to the next one.
const FAR: Duration = Duration::from_secs(100 * 365 * 86_400);

// The standard library's also under the model checker: there it is the clock of all threads of the model.
thread_local! {
    static NOW: Cell<Option<Instant>> = const { Cell::new(None) };
}

pub(super) fn now() -> Option<Instant> {
    NOW.get()
}

/// Moves this thread's manual clock, if it has one. Returns whether it has.
pub(super) fn advance(by: Duration) -> bool {
    let Some(now) = NOW.get() else { return false };
    let now = now.saturating_add(by);
    NOW.set(Some(now));
    if now <= Instant(nanos(FAR)) {
        LATEST.fetch_max(now.0, Ordering::Relaxed);
    }
    true
}

/// Stops the clock of the current thread, until the returned handle is dropped.
///
/// Time then moves only by [`ManualClock::advance`], and by the sleeps of retries, which return at once after
/// moving it. A clock starts on a day after all that earlier ones of the process have seen, so that nothing that a
/// policy remembers of them lies in the future, and at the same time of the day, so that windows of time slide alike. Handles nest: the outer time returns with the drop of the inner one. Other threads, and
/// the worker threads of sync timeouts, keep their own clock.
///
/// ```
/// use std::time::Duration;
/// use resilience::clock;
///
/// let clock = clock::manual();
/// let start = clock::now();
/// clock.advance(Duration::from_secs(30));
/// assert_eq!(clock::now().since(start), Duration::from_secs(30));
/// ```
#[must_use = "the clock runs again when the handle is dropped"]
pub fn manual() -> ManualClock {
    let previous = NOW.get();
    let day = nanos(ORIGIN);
    let days = LATEST.load(Ordering::Relaxed).div_ceil(day).max(1);
    NOW.set(Some(Instant(days * day)));
    ManualClock { previous, this_thread: PhantomData }
}

/// The stopped clock of this thread: see [`manual`]. It cannot leave the thread.
///
/// ```
/// use std::time::Duration;
/// use resilience::{CircuitBreaker, CircuitState, clock};
///
/// let clock = clock::manual();
/// let breaker = CircuitBreaker::builder("jira_api").failure_threshold(1).build()?;
/// breaker.try_acquire().unwrap().failure();
/// assert_eq!(breaker.state(), CircuitState::Open);
///
/// clock.advance(Duration::from_secs(30));
/// assert_eq!(breaker.state(), CircuitState::HalfOpen);
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct ManualClock {
    previous: Option<Instant>,
    // The clock is the thread's; the handle must not leave it.
    this_thread: PhantomData<*const ()>,
}

impl ManualClock {
    /// Moves the clock forward. Timers of tokio do not notice: for async code pause tokio's clock instead.
    pub fn advance(&self, by: Duration) {
        advance(by);
    }
}

impl Drop for ManualClock {
    fn drop(&mut self) {
        NOW.set(self.previous);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_clock_starts_no_earlier_than_those_before_it() {
        let end = {
            let clock = manual();
            clock.advance(HOUR);
            super::super::now()
        };
        let _clock = manual();
        assert!(super::super::now() >= end);
    }

    #[test]
    fn the_end_of_time_is_not_where_the_next_clock_starts() {
        let clock = manual();
        clock.advance(Duration::MAX);
        drop(clock);
        let clock = manual();
        let start = super::super::now();
        clock.advance(HOUR);
        assert_eq!(super::super::now().since(start), HOUR);
    }
}
