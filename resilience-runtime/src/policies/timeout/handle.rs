//! The timeout itself: its name, its limit, its counters, and the rules that every form of call shares.

use std::fmt;
use std::time::Duration;

use crate::context::deadline;
use crate::core::clock::{self, nanos};
use crate::core::error::Error;
use crate::core::event::EventKind;
use crate::core::kind::PolicyKind;
use crate::core::name::Name;
use crate::core::observe::Observer;
use crate::core::policy::Policy;
use crate::core::stats::Striped;
use crate::core::sync::{Arc, AtomicBool, AtomicU64, Ordering};

use super::pool::Busy;
use super::stats::TimeoutStats;
use super::term::Term;

/// What a limit of zero is taken as: no body could meet it.
const SHORTEST: Duration = Duration::from_millis(1);

/// A limit on how long a call may take. Cheap to clone; clones share their counters. See [the module](super).
///
/// ```
/// use std::time::Duration;
/// use resilience::{Error, Timeout};
///
/// let timeout = Timeout::builder("report").duration(Duration::from_secs(5)).build()?;
/// assert_eq!(timeout.call(|| Ok::<_, Error>(3)), Ok(3));
/// assert_eq!((timeout.name(), timeout.stats().completed), ("report", 1));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Timeout(Arc<Inner>);

const COMPLETED: usize = 0;
const TIMED_OUT: usize = 1;
const CANCELLED: usize = 2;
const REJECTED: usize = 3;

struct Inner {
    observer: Observer,
    /// `None` behind an attribute, which evaluates its limit at each call.
    limit: Option<Duration>,
    counts: Striped<4>,
    abandoned: AtomicU64,
    warned_of_zero: AtomicBool,
}

impl Timeout {
    /// A timeout without a limit of its own: each call brings one.
    pub(crate) fn named(name: impl Into<Name>) -> Self {
        Self::new(name.into(), None)
    }

    pub(super) fn new(name: Name, limit: Option<Duration>) -> Self {
        Self(Arc::new(Inner {
            observer: Observer::new(PolicyKind::Timeout, name),
            limit,
            counts: Striped::new(),
            abandoned: AtomicU64::new(0),
            warned_of_zero: AtomicBool::new(false),
        }))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.observer.name().as_str()
    }

    /// The limit, if the timeout has one of its own. Behind an attribute the limit is evaluated at each call.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        self.0.limit
    }

    /// The counters.
    #[must_use]
    pub fn stats(&self) -> TimeoutStats {
        let [completed, timed_out, cancelled, rejected] =
            [COMPLETED, TIMED_OUT, CANCELLED, REJECTED].map(|which| self.0.counts.get(which));
        TimeoutStats {
            calls: completed + timed_out + cancelled + rejected,
            completed,
            timed_out,
            cancelled,
            rejected,
            // Relaxed: a gauge orders nothing else.
            abandoned: self.0.abandoned.load(Ordering::Relaxed),
        }
    }

    /// The limit of a call that brings none: nothing but the ambient deadline bounds it then.
    pub(crate) fn own_limit(&self) -> Duration {
        self.0.limit.unwrap_or(Duration::MAX)
    }

    /// Begins a call under `limit`.
    pub(super) fn start(&self, limit: Duration) -> Term {
        let limit = if limit.is_zero() { self.shortest() } else { limit };
        Term::starting(clock::now(), nanos(limit))
    }

    /// Begins a sync call, unless the ambient deadline has passed: nobody could end it before it is done.
    pub(super) fn start_sync(&self, limit: Duration) -> Result<Term, Error> {
        let term = self.start(limit);
        match term.left(deadline::limit()) {
            Some(Duration::ZERO) => {
                Err(self.refuse(Error::timeout(self.0.observer.name(), term.written(), Some(Duration::ZERO))))
            }
            _ => Ok(term),
        }
    }

    #[cold]
    fn shortest(&self) -> Duration {
        // Relaxed: the flag guards nothing but the log line.
        if !self.0.warned_of_zero.swap(true, Ordering::Relaxed) {
            let name = self.name();
            tracing::warn!(target: "resilience", policy = "timeout", name, "a limit of zero is taken as 1 ms");
        }
        SHORTEST
    }

    /// The body was done in time.
    #[inline]
    pub(super) fn completed(&self) {
        self.0.counts.add(COMPLETED, 1);
    }

    /// The limit passed, or `left`, which is what an outer one had left of it.
    #[cold]
    pub(super) fn timed_out(&self, term: Term, left: Option<Duration>) -> Error {
        let limit = term.written();
        self.0.counts.add(TIMED_OUT, 1);
        self.0.observer.emit(EventKind::TimedOut { limit, left });
        Error::timeout(self.0.observer.name(), limit, left)
    }

    /// The call was dropped. When its limit has passed as well, it timed out: who dropped it was faster.
    #[cold]
    pub(super) fn dropped(&self, term: Term) {
        if term.is_over() {
            self.timed_out(term, None);
        } else {
            self.0.counts.add(CANCELLED, 1);
        }
    }

    #[cold]
    fn refuse(&self, error: Error) -> Error {
        self.0.counts.add(REJECTED, 1);
        self.0.observer.emit(EventKind::Refused { retry_after: None });
        error
    }

    /// No worker thread may be had.
    pub(super) fn refuse_busy(&self, busy: &Busy) -> Error {
        let name = self.0.observer.name();
        self.refuse(match *busy {
            Busy::All(limit) => Error::workers_busy(name, limit),
            Busy::Share(limit) => Error::share_busy(name, limit),
        })
    }

    /// A body goes on without its caller.
    pub(super) fn abandon(&self) {
        self.0.abandoned.fetch_add(1, Ordering::Relaxed);
    }

    /// An abandoned body came to its end after all.
    pub(super) fn recover(&self) {
        self.0.abandoned.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Policy for Timeout {
    type Config = Option<Duration>;
    const KIND: PolicyKind = PolicyKind::Timeout;

    fn observer(&self) -> &Observer {
        &self.0.observer
    }

    fn config(&self) -> &Option<Duration> {
        &self.0.limit
    }
}

impl fmt::Debug for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout").field("name", &self.name()).field("duration", &self.0.limit).finish_non_exhaustive()
    }
}
