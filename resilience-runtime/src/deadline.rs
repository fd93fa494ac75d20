//! The ambient deadline: the moment by which the current call must be done.
//!
//! A `#[timeout]` sets it for everything it calls, across functions, awaits and (in `mode = thread`) threads. Nested
//! limits take the minimum. Retries read it before they sleep, breakers read it to tell a body that was timed out from
//! one that was cancelled, and your own code may read it through [`remaining`]. It belongs to a thread while that runs the
//! call: a task that is spawned onto another thread starts without one, and so does a task that is polled after the call.
//!
//! ```
//! use std::time::Duration;
//! use resilience_runtime::{Error, Timeout, deadline};
//!
//! let outer = Timeout::builder("whole").duration(Duration::from_secs(1)).build()?;
//! let inner = Timeout::builder("attempt").duration(Duration::from_secs(60)).build()?;
//!
//! let left = outer.call(|| inner.call(|| Ok::<_, Error>(deadline::remaining()))).unwrap();
//! assert!(left <= Some(Duration::from_secs(1))); // the nearer limit counts
//! # Ok::<(), resilience_runtime::ConfigError>(())
//! ```

use std::cell::{Cell, RefCell};
use std::time::Duration;

use crate::clock::{self, Instant};
use crate::sync::{Arc, thread_local};

/// The deadline of what this thread runs.
#[derive(Debug, Clone, Copy)]
enum Ambient {
    Unset,
    At(Instant),
    /// So many nanoseconds after a moment that an exact clock has not been asked for. Most bodies are done before anybody
    /// wants to know.
    Within {
        limit: u64,
        recent: Instant,
    },
}

thread_local! {
    static AMBIENT: Cell<Ambient> = const { Cell::new(Ambient::Unset) };
    static CUT: Cell<Instant> = const { Cell::new(Instant::NEVER) };
    static LEASE: RefCell<Option<Arc<dyn Lease>>> = const { RefCell::new(None) };
}

/// The time left until the ambient deadline: zero once it has passed, `None` when there is none.
///
/// ```
/// use std::time::Duration;
/// use resilience_runtime::{Error, Timeout, deadline};
///
/// assert_eq!(deadline::remaining(), None);
///
/// let timeout = Timeout::builder("report").duration(Duration::from_secs(5)).build()?;
/// let left = timeout.call(|| Ok::<_, Error>(deadline::remaining())).unwrap();
/// assert!(left.is_some_and(|left| left <= Duration::from_secs(5)));
/// # Ok::<(), resilience_runtime::ConfigError>(())
/// ```
#[must_use]
pub fn remaining() -> Option<Duration> {
    current().map(|deadline| deadline.since(clock::now()))
}

/// The ambient deadline itself, `None` when there is none.
///
/// ```
/// use std::time::Duration;
/// use resilience_runtime::{Error, Timeout, clock, deadline};
///
/// assert_eq!(deadline::current(), None);
///
/// let timeout = Timeout::builder("report").duration(Duration::from_secs(5)).build()?;
/// let deadline = timeout.call(|| Ok::<_, Error>(deadline::current())).unwrap();
/// assert!(deadline > Some(clock::now()));
/// # Ok::<(), resilience_runtime::ConfigError>(())
/// ```
#[must_use]
pub fn current() -> Option<Instant> {
    Some(ambient()).filter(|deadline| *deadline != Instant::NEVER)
}

/// The ambient deadline, [`Instant::NEVER`] when there is none.
#[inline]
pub(crate) fn ambient() -> Instant {
    match AMBIENT.get() {
        Ambient::Unset => Instant::NEVER,
        Ambient::At(deadline) => deadline,
        Ambient::Within { limit, recent } => settle(limit, recent),
    }
}

/// From now on everybody sees the same deadline.
#[cold]
fn settle(limit: u64, recent: Instant) -> Instant {
    let deadline = clock::settle(recent).saturating_add(Duration::from_nanos(limit));
    AMBIENT.set(Ambient::At(deadline));
    deadline
}

/// Whether there is one.
#[inline]
pub(crate) fn is_set() -> bool {
    !matches!(AMBIENT.get(), Ambient::Unset)
}

/// Makes `deadline` the ambient one until the guard is dropped, unless a nearer one is in force.
#[inline]
pub(crate) fn enter(deadline: Instant) -> Entered {
    let nearer = ambient().min(deadline);
    let previous = AMBIENT.replace(if nearer == Instant::NEVER { Ambient::Unset } else { Ambient::At(nearer) });
    Entered { previous }
}

/// See [`enter`].
#[derive(Debug)]
pub(crate) struct Entered {
    previous: Ambient,
}

impl Drop for Entered {
    #[inline]
    fn drop(&mut self) {
        AMBIENT.set(self.previous);
    }
}

/// Makes `limit`, in nanoseconds and counted from now, the ambient deadline until the guard is dropped. For where there
/// is none.
#[inline]
pub(crate) fn enter_within(limit: u64) -> Within {
    let within = Within { limit, recent: clock::recent() };
    AMBIENT.set(Ambient::Within { limit, recent: within.recent });
    within
}

/// See [`enter_within`].
#[derive(Debug)]
pub(crate) struct Within {
    limit: u64,
    recent: Instant,
}

impl Within {
    /// The deadline, if anybody has asked for it.
    #[inline]
    pub(crate) fn known(&self) -> Option<Instant> {
        match AMBIENT.get() {
            Ambient::At(deadline) => Some(deadline),
            Ambient::Unset | Ambient::Within { .. } => None,
        }
    }

    /// The deadline.
    pub(crate) fn settle(&self) -> Instant {
        self.known().unwrap_or_else(|| settle(self.limit, self.recent))
    }
}

impl Drop for Within {
    #[inline]
    fn drop(&mut self) {
        AMBIENT.set(Ambient::Unset);
    }
}

/// A call came to its end because `deadline` passed: the limits around it that have the same one have passed as well,
/// although what they see is a body that returns.
pub(crate) fn cut(deadline: Instant) {
    CUT.set(deadline);
}

/// The deadline that cut a call short on this thread last. To be asked in the poll in which that call ended.
pub(crate) fn take_cut() -> Instant {
    CUT.replace(Instant::NEVER)
}

/// Something that was lent to a body which runs on a worker thread: it must be settled when the caller gives the body
/// up, because the body itself may hang for ever.
pub(crate) trait Loan: Send + Sync {
    /// The caller's limit passed while this was out.
    fn timed_out(&self);
}

/// The worker thread's job, as the policies inside it see it.
pub(crate) trait Lease: Send + Sync {
    /// Remembers what was lent, for the moment the caller gives up.
    fn lend(&self, loan: Arc<dyn Loan>);
}

/// The job this thread runs for a sync timeout, if it does.
pub(crate) fn lease() -> Option<Arc<dyn Lease>> {
    LEASE.with_borrow(Clone::clone)
}

/// Makes `lease` this thread's job until the guard is dropped.
pub(crate) fn enter_lease(lease: Arc<dyn Lease>) -> EnteredLease {
    EnteredLease { previous: LEASE.replace(Some(lease)) }
}

/// See [`enter_lease`].
pub(crate) struct EnteredLease {
    previous: Option<Arc<dyn Lease>>,
}

impl Drop for EnteredLease {
    fn drop(&mut self) {
        LEASE.set(self.previous.take());
    }
}
