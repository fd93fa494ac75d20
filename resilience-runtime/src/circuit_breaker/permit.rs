//! The permit: one admitted call, which gives its place back however it ends.

use std::fmt;
use std::num::NonZeroU64;
use std::time::Duration;

use super::machine::{Admission, Ticket};
use super::stats::Counters;
use super::{CircuitBreaker, GUARDED};
use crate::clock::{self, Instant};
use crate::deadline::{self, Loan};
use crate::error::Error;
use crate::event::EventKind;
use crate::frame::Frame;
use crate::outcome::Verdict;
use crate::state::CircuitState;
use crate::sync::{Arc, AtomicBool, Ordering};

/// An admitted call.
///
/// Report its outcome with [`success`](Self::success), [`failure`](Self::failure) or [`ignore`](Self::ignore).
/// Dropping it without a report counts a failure when the thread is panicking or the ambient deadline has passed since
/// it was given out, and as abandoned otherwise; either way a probe's place is free again.
///
/// ```
/// use resilience_runtime::{CircuitBreaker, Verdict};
///
/// let breaker = CircuitBreaker::builder("jira_api").build()?;
/// breaker.try_acquire()?.success();
/// breaker.try_acquire()?.failure();
/// breaker.try_acquire()?.ignore();
/// breaker.try_acquire()?.report(Verdict::Failure);
/// drop(breaker.try_acquire()?);
///
/// let stats = breaker.stats();
/// assert_eq!((stats.total_successes, stats.total_failures, stats.ignored, stats.abandoned), (1, 2, 1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping a permit abandons the call"]
pub struct Permit<'a> {
    breaker: Handle<'a>,
    frame: Option<&'a Frame>,
    /// `None` once reported, and for a disabled breaker, which records nothing.
    ticket: Option<Ticket>,
    /// When it began; [`Instant::NEVER`] if it is not timed.
    started: Instant,
    bound: Bound,
}

/// What a call under a deadline has with it.
struct Bound {
    /// [`Instant::NEVER`] without one.
    deadline: Instant,
    /// On a worker thread.
    loan: Option<Arc<BreakerLoan>>,
}

impl Bound {
    const NONE: Self = Self { deadline: Instant::NEVER, loan: None };

    /// Whether the ambient deadline of the call has passed.
    fn is_over(&self) -> bool {
        self.deadline != Instant::NEVER && clock::now() >= self.deadline
    }

    /// Whether the call is still to be settled by its permit, rather than by the caller of a worker thread that timed
    /// out.
    fn is_open(&self) -> bool {
        self.loan.as_ref().is_none_or(|loan| !loan.settled.swap(true, Ordering::AcqRel))
    }
}

enum Handle<'a> {
    Borrowed(&'a CircuitBreaker),
    Owned(CircuitBreaker),
}

impl Handle<'_> {
    #[inline]
    const fn breaker(&self) -> &CircuitBreaker {
        match self {
            Self::Borrowed(breaker) => breaker,
            Self::Owned(breaker) => breaker,
        }
    }
}

impl CircuitBreaker {
    /// Asks to pass, for a call whose outcome is reported later.
    ///
    /// # Errors
    /// [`Error::CircuitOpen`] when the breaker refuses.
    ///
    /// ```
    /// use resilience_runtime::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder("jira_api").build()?;
    /// let permit = breaker.try_acquire()?;
    /// permit.success();
    /// assert_eq!(breaker.stats().total_calls, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<'_>, Error> {
        self.acquire(Handle::Borrowed(self), None)
    }

    /// Like [`try_acquire`](Self::try_acquire), with a permit that may move to another task or thread.
    ///
    /// # Errors
    /// [`Error::CircuitOpen`] when the breaker refuses.
    ///
    /// ```
    /// use resilience_runtime::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder("jira_api").build()?;
    /// let permit = breaker.try_acquire_owned()?;
    /// std::thread::spawn(move || permit.success()).join().unwrap();
    /// assert_eq!(breaker.stats().total_successes, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn try_acquire_owned(&self) -> Result<Permit<'static>, Error> {
        self.acquire(Handle::Owned(self.clone()), None)
    }

    /// Asks to pass on behalf of the coroutine or sync call of `frame`.
    #[inline]
    pub(crate) fn admit<'a>(&'a self, frame: &'a Frame) -> Result<Permit<'a>, Error> {
        self.acquire(Handle::Borrowed(self), Some(frame))
    }

    #[inline]
    fn acquire<'a>(&self, breaker: Handle<'a>, frame: Option<&'a Frame>) -> Result<Permit<'a>, Error> {
        let ticket = match self.0.gate.load(Ordering::Acquire) {
            GUARDED => self.ask()?,
            gate => NonZeroU64::new(gate >> 1).map(|generation| Ticket { generation, probe: None }),
        };
        let started = if self.0.times_all || clock::is_sampled() { clock::start() } else { Instant::NEVER };
        let bound = if deadline::is_set() { self.bound(ticket, started) } else { Bound::NONE };
        Ok(Permit { breaker, frame, ticket, started, bound })
    }

    /// Asks the machine. `None` is a pass that nobody records.
    #[cold]
    fn ask(&self) -> Result<Option<Ticket>, Error> {
        // An open breaker refuses without its lock, and as long as it has longer to go than a recent reading may be
        // wrong, without an exact one. Of what it says to wait, that is all that may be too much.
        let until = Instant::from_nanos(self.0.open_until.load(Ordering::Relaxed));
        let recent = clock::recent();
        if until > recent.saturating_add(clock::LAG) {
            return Err(self.refusal(Some(until.since(recent).min(self.0.config.max_recovery_timeout))));
        }
        let now = clock::now();
        let (admission, state) = self.step(now, |machine, config| {
            let (admission, transition) = machine.admit(config, now);
            ((admission, machine.state()), transition)
        });
        match admission {
            Admission::Pass(_) if state == CircuitState::Disabled => Ok(None),
            Admission::Pass(ticket) => Ok(Some(ticket)),
            Admission::Refuse { retry_after } => Err(self.refusal(retry_after)),
        }
    }

    fn refusal(&self, retry_after: Option<Duration>) -> Error {
        self.tally(Counters::rejected);
        self.0.observer.emit_debug(|| EventKind::Refused { retry_after });
        Error::circuit_open(self.0.observer.name(), retry_after)
    }
}

impl Permit<'_> {
    /// The call did its job.
    #[inline(always)]
    pub fn success(self) {
        self.report(Verdict::Success);
    }

    /// The call failed.
    pub fn failure(self) {
        self.report(Verdict::Failure);
    }

    /// The call says nothing about the dependency: no rule sees it, and a probe's place is free again.
    pub fn ignore(self) {
        self.report(Verdict::Ignored);
    }

    /// Reports a verdict.
    // Always: a call would take the address of a permit that need not have one.
    #[inline(always)]
    pub fn report(mut self, verdict: Verdict) {
        let Some(ticket) = self.ticket.take() else { return };
        let bound = std::mem::replace(&mut self.bound, Bound::NONE);
        let breaker = self.breaker.breaker();
        if bound.deadline == Instant::NEVER {
            breaker.record(ticket, verdict, self.started);
        } else {
            let is_sync = self.frame.is_some_and(|frame| !frame.is_coroutine());
            breaker.settle(ticket, verdict, self.started, bound, is_sync);
        }
    }
}

impl CircuitBreaker {
    /// Looks at the ambient deadline. One that had passed before the call began says nothing about the dependency.
    #[cold]
    fn bound(&self, ticket: Option<Ticket>, started: Instant) -> Bound {
        let deadline = deadline::ambient();
        let start = if started == Instant::NEVER { clock::now() } else { started };
        if deadline <= start {
            return Bound::NONE;
        }
        // A worker thread's job has a deadline by definition.
        let loan = deadline::lease().map(|lease| {
            let loan =
                Arc::new(BreakerLoan { breaker: self.clone(), ticket, started, settled: AtomicBool::new(false) });
            lease.lend(Arc::clone(&loan) as Arc<dyn Loan>);
            loan
        });
        Bound { deadline, loan }
    }

    /// The report of a call under a deadline.
    #[cold]
    fn settle(&self, ticket: Ticket, verdict: Verdict, started: Instant, bound: Bound, is_sync: bool) {
        // Nothing interrupts a sync body: what comes in late is made a time-out further out, so it is a failure here.
        // A future that is ready in the poll in which its limit has passed is in time.
        let late = verdict == Verdict::Success && is_sync && bound.is_over();
        if bound.is_open() {
            self.record(ticket, if late { Verdict::Failure } else { verdict }, started);
        }
    }

    /// The end of a call that has reported nothing.
    #[cold]
    fn dropped(&self, ticket: Ticket, started: Instant, bound: Bound, is_unwinding: bool) {
        let failed = is_unwinding || bound.is_over();
        match bound.is_open() {
            true if failed => self.record(ticket, Verdict::Failure, started),
            true => self.abandon(ticket),
            false => {}
        }
    }
}

impl Drop for Permit<'_> {
    // What is cold gets values: a permit whose address is taken nowhere need not be in memory.
    #[inline]
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            let bound = std::mem::replace(&mut self.bound, Bound::NONE);
            let is_unwinding = self.frame.map_or_else(std::thread::panicking, |frame| !frame.is_suspended());
            self.breaker.breaker().dropped(ticket, self.started, bound, is_unwinding);
        }
    }
}

impl fmt::Debug for Permit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("breaker", &self.breaker.breaker().name()).finish_non_exhaustive()
    }
}

/// A permit that is out on a worker thread: the caller that gives the body up reports it as failed.
struct BreakerLoan {
    breaker: CircuitBreaker,
    ticket: Option<Ticket>,
    started: Instant,
    settled: AtomicBool,
}

impl Loan for BreakerLoan {
    fn timed_out(&self) {
        if let Some(ticket) = self.ticket
            && !self.settled.swap(true, Ordering::AcqRel)
        {
            self.breaker.record(ticket, Verdict::Failure, self.started);
        }
    }
}
