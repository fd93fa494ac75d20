//! The ambient deadline: the moment by which the current call must be done.
//!
//! A `#[timeout]` sets it for everything it calls, across functions, awaits and (in `mode = thread`) threads; of nested
//! ones the nearest is in force. It informs. [`remaining`] tells it to your code; retries do not wait for an attempt that
//! would start too late, sync waits end with it, and a call that is dropped after it was timed out and not cancelled.
//! It cuts nothing by itself: each limit is enforced by the timeout that set it, at its own end, by dropping what is
//! inside.
//!
//! # Whose it is
//!
//! It belongs to a call and what the call awaits. Another task of tokio that is polled inside, because the call blocks on
//! a runtime or runs a `LocalSet`, does not see it, and a task that is spawned starts without one: [`inherit`] hands it
//! on. Tasks of other executors have no ids to tell them by: polled inside a call, they are taken for a part of it.
//!
//! A call that others poll as well (a `Shared` future, a member of a `FuturesUnordered`) has the *latest* of the deadlines
//! at its polls so far. So who has little time does not hurry a call that others wait for; and a call that was polled
//! without a deadline once has none. It keeps a deadline when who brought it has left: what is to outlive its callers, and
//! to have no other time than its own, is best [detached](detach).
//!
//! # Who is to blame
//!
//! A limit that passes is a failure of the calls inside it, for their breakers and counts, if they had at least half of it
//! when they began. A call that began later was cut short by what had used up the time: it is cancelled, neither success
//! nor failure; and a sync one, which nothing cuts, is what its result says. A sync call that had half of the limit and
//! returns a value after it is a failure to its breakers, whose caller gets a time-out; its counts say what it returned.
//!
//! A call begins where it is first polled, so that what the options of an attribute do (a `key`, a `clone(..)`, a limit
//! that is worked out) is a part of it. To a breaker it begins when the breaker is asked: who used up the time before that
//! is not what it protects.
//!
//! ```
//! use std::time::Duration;
//! use resilience::{Error, Timeout, deadline};
//!
//! let outer = Timeout::builder("whole").duration(Duration::from_secs(1)).build()?;
//! let inner = Timeout::builder("attempt").duration(Duration::from_secs(60)).build()?;
//!
//! let left = outer.call(|| inner.call(|| Ok::<_, Error>(deadline::remaining()))).unwrap();
//! assert!(left <= Some(Duration::from_secs(1))); // the nearer limit counts
//! # Ok::<(), resilience::ConfigError>(())
//! ```

mod ambient;
mod lease;
mod limit;
mod scope;

use std::time::Duration;

use crate::core::clock::{self, Instant};

pub(crate) use ambient::{Entered, enter, enter_within, is_unset, limit, moment};
pub(crate) use lease::{Lease, Loan, enter_lease, lease};
pub(crate) use limit::Limit;
pub use scope::{Scoped, detach, inherit, scope};

/// The time left until the ambient deadline: zero once it has passed, `None` when there is none.
///
/// ```
/// use std::time::Duration;
/// use resilience::{Error, Timeout, deadline};
///
/// assert_eq!(deadline::remaining(), None);
///
/// let timeout = Timeout::builder("report").duration(Duration::from_secs(5)).build()?;
/// let left = timeout.call(|| Ok::<_, Error>(deadline::remaining())).unwrap();
/// assert!(left.is_some_and(|left| left <= Duration::from_secs(5)));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[must_use]
pub fn remaining() -> Option<Duration> {
    current().map(|deadline| deadline.since(clock::now()))
}

/// The ambient deadline itself, `None` when there is none.
///
/// ```
/// use std::time::Duration;
/// use resilience::{Error, Timeout, clock, deadline};
///
/// assert_eq!(deadline::current(), None);
///
/// let timeout = Timeout::builder("report").duration(Duration::from_secs(5)).build()?;
/// let deadline = timeout.call(|| Ok::<_, Error>(deadline::current())).unwrap();
/// assert!(deadline > Some(clock::now()));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[must_use]
pub fn current() -> Option<Instant> {
    Some(limit().deadline()).filter(|deadline| *deadline != Instant::NEVER)
}
