//! A clock that a sync test moves by hand.

use std::cell::Cell;
use std::marker::PhantomData;
use std::time::Duration;

use super::{Instant, ORIGIN, nanos};

thread_local! {
    static NOW: Cell<Option<Instant>> = const { Cell::new(None) };
}

pub(super) fn now() -> Option<Instant> {
    NOW.get()
}

/// Moves this thread's manual clock, if it has one. Returns whether it has.
pub(super) fn advance(by: Duration) -> bool {
    let Some(now) = NOW.get() else { return false };
    NOW.set(Some(now.saturating_add(by)));
    true
}

/// Stops the clock of the current thread, until the returned handle is dropped.
///
/// Time then moves only by [`ManualClock::advance`], and by the sleeps of retries, which return at once after
/// moving it. Handles nest: an inner one starts anew, and the outer time returns with its drop. Other threads, and
/// the worker threads of sync timeouts, keep their own clock.
///
/// ```
/// use std::time::Duration;
/// use resilience_runtime::clock;
///
/// let clock = clock::manual();
/// let start = clock::now();
/// clock.advance(Duration::from_secs(30));
/// assert_eq!(clock::now().since(start), Duration::from_secs(30));
/// ```
#[must_use = "the clock runs again when the handle is dropped"]
pub fn manual() -> ManualClock {
    let previous = NOW.get();
    NOW.set(Some(Instant(nanos(ORIGIN))));
    ManualClock { previous, this_thread: PhantomData }
}

/// The stopped clock of this thread: see [`manual`]. It cannot leave the thread.
///
/// ```
/// use std::time::Duration;
/// use resilience_runtime::{CircuitBreaker, CircuitState, clock};
///
/// let clock = clock::manual();
/// let breaker = CircuitBreaker::builder("jira_api").failure_threshold(1).build()?;
/// breaker.try_acquire().unwrap().failure();
/// assert_eq!(breaker.state(), CircuitState::Open);
///
/// clock.advance(Duration::from_secs(30));
/// assert_eq!(breaker.state(), CircuitState::HalfOpen);
/// # Ok::<(), resilience_runtime::ConfigError>(())
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
