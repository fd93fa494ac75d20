//! What one admitted call has with it, and what becomes of it.

use std::mem::ManuallyDrop;
use std::num::NonZeroU64;

use super::CircuitBreaker;
use super::machine::{Admission, Ticket};
use super::reason::Effect;
use super::stats::Counters;
use super::step::{GUARDED, Words, no_words};
use crate::context::deadline::{self, Loan};
use crate::context::frame::{Cut, Frame};
use crate::core::clock::{self, Instant};
use crate::core::error::{Error, Wait};
use crate::core::event::EventKind;
use crate::core::outcome::Verdict;
use crate::core::probing;
use crate::core::state::CircuitState;
use crate::core::sync::{Arc, AtomicBool, Ordering};

/// A deadline that no clock reaches either, and is one: there may be a loan.
const NOT_TO_BLAME: Instant = Instant::from_nanos(Instant::NEVER.as_nanos() - 1);

/// Empty until the breaker lets the call pass, and again once it is reported.
#[derive(Debug)]
pub(super) struct Slip {
    /// `None` as well for a disabled breaker, which records nothing, and inside of a probe, which reports for all.
    ticket: Option<Ticket>,
    /// When the call began; [`Instant::NEVER`] if it is not timed.
    started: Instant,
    /// The ambient deadline that it began under, if a call that ends there is to blame; [`Instant::NEVER`] without one.
    deadline: Instant,
    /// On a worker thread. Who takes the ticket takes it along: there is nothing left to drop.
    loan: ManuallyDrop<Option<Arc<BreakerLoan>>>,
}

impl Slip {
    #[inline(always)]
    pub(super) const fn new() -> Self {
        let loan = ManuallyDrop::new(None);
        Self { ticket: None, started: Instant::NEVER, deadline: Instant::NEVER, loan }
    }

    #[inline(always)]
    pub(super) fn ask(&mut self, breaker: &CircuitBreaker, frame: Option<&Frame>) -> Result<(), Error> {
        match breaker.0.gate.load(Ordering::Acquire) {
            GUARDED => {
                if let Err(wait) = breaker.ask(frame, &mut self.ticket) {
                    return Err(breaker.refusal(wait));
                }
            }
            gate => self.ticket = NonZeroU64::new(gate >> 1).map(|generation| Ticket { generation, probe: None }),
        }
        if breaker.0.times_all || clock::is_sampled() {
            self.started = clock::start();
        }
        if !deadline::is_unset() {
            self.bind(breaker, frame);
        }
        Ok(())
    }

    /// Looks at the ambient deadline. A call that has less than half of a limit when it begins is not to blame for its end.
    #[cold]
    fn bind(&mut self, breaker: &CircuitBreaker, frame: Option<&Frame>) {
        let limit = deadline::limit();
        let Some(ticket) = self.ticket.filter(|_| limit.deadline() != Instant::NEVER) else { return };
        let start = if self.started == Instant::NEVER { deadline::moment() } else { self.started };
        let is_blamed = limit.leaves_half(start);
        if let Some(frame) = frame {
            frame.begin_at(start);
        }
        self.deadline = if is_blamed { limit.deadline() } else { NOT_TO_BLAME };
        // A worker thread's job has a deadline by definition.
        if let Some(lease) = deadline::lease(limit) {
            let (breaker, settled) = (breaker.clone(), AtomicBool::new(false));
            let loan = Arc::new(BreakerLoan { breaker, ticket, started: self.started, is_blamed, settled });
            lease.lend(Arc::clone(&loan) as Arc<dyn Loan>);
            *self.loan = Some(loan);
        }
    }

    /// The call is done. Of a sync one nothing interrupts the body.
    #[inline(always)]
    pub(super) fn report(
        &mut self,
        breaker: &CircuitBreaker,
        verdict: Verdict,
        words: Words<'_>,
        is_sync: impl FnOnce() -> bool,
    ) {
        let Some(ticket) = self.ticket.take() else { return };
        if self.deadline == Instant::NEVER {
            breaker.record(ticket, verdict, self.started, words);
        } else {
            self.report_bound(breaker, ticket, verdict, is_sync(), words);
        }
    }

    #[cold]
    #[inline(never)]
    fn report_bound(
        &mut self,
        breaker: &CircuitBreaker,
        ticket: Ticket,
        verdict: Verdict,
        is_sync: bool,
        words: Words<'_>,
    ) {
        let bound = Bound { deadline: self.deadline, loan: self.loan.take() };
        bound.report(breaker, ticket, verdict, self.started, is_sync, words);
    }

    /// The call is given up without a report, if there is one.
    #[inline(always)]
    pub(super) fn drop(&mut self, breaker: &CircuitBreaker, frame: Option<&Frame>) {
        if self.ticket.is_some() {
            self.give_up(breaker, frame);
        }
    }

    #[cold]
    fn give_up(&mut self, breaker: &CircuitBreaker, frame: Option<&Frame>) {
        let Some(ticket) = self.ticket else { return };
        let bound = Bound { deadline: self.deadline, loan: self.loan.take() };
        bound.drop(breaker, ticket, self.started, frame);
    }
}

/// What bounds a call.
struct Bound {
    deadline: Instant,
    loan: Option<Arc<BreakerLoan>>,
}

impl Bound {
    /// Whether there was half of the limit when the call asked, whatever it did before it first waited.
    fn is_to_blame(&self) -> bool {
        self.deadline < NOT_TO_BLAME
    }

    fn is_over(&self) -> bool {
        self.deadline != Instant::NEVER && clock::now() >= self.deadline
    }

    /// Whether the caller of a worker thread has timed out, and settled the call itself.
    fn is_settled(&self) -> bool {
        self.loan.as_ref().is_some_and(|loan| loan.settled.swap(true, Ordering::AcqRel))
    }

    #[cold]
    fn report(
        self,
        breaker: &CircuitBreaker,
        ticket: Ticket,
        verdict: Verdict,
        started: Instant,
        is_sync: bool,
        words: Words<'_>,
    ) {
        // What comes in late is made a time-out further out, so it is a failure here. A future that is ready in the
        // poll in which its limit has passed is in time.
        let late = verdict == Verdict::Success && is_sync && self.is_over();
        if !self.is_settled() {
            match late {
                true => breaker.record(ticket, Verdict::Failure, started, &late_words),
                false => breaker.record(ticket, verdict, started, words),
            }
        }
    }

    #[cold]
    fn drop(self, breaker: &CircuitBreaker, ticket: Ticket, started: Instant, frame: Option<&Frame>) {
        let cut = frame.map_or_else(|| Cut::of_thread(self.deadline), |frame| frame.cut_where(self.is_to_blame()));
        if self.is_settled() {
            return;
        }
        match cut {
            Cut::Unwinding => breaker.record(ticket, Verdict::Failure, started, &panic_words),
            Cut::TimedOut if self.is_over() => breaker.record(ticket, Verdict::Failure, started, &late_words),
            Cut::TimedOut | Cut::Cancelled => breaker.cancel(ticket, started),
        }
    }
}

fn late_words() -> Option<String> {
    Some("timed out".to_owned())
}

fn panic_words() -> Option<String> {
    Some("panicked".to_owned())
}

/// A call that is out on a worker thread: the caller that gives the body up reports it.
#[derive(Debug)]
struct BreakerLoan {
    breaker: CircuitBreaker,
    ticket: Ticket,
    started: Instant,
    is_blamed: bool,
    settled: AtomicBool,
}

impl Loan for BreakerLoan {
    fn timed_out(&self) {
        match self.settled.swap(true, Ordering::AcqRel) {
            true => {}
            false if self.is_blamed => self.breaker.record(self.ticket, Verdict::Failure, self.started, &late_words),
            false => self.breaker.cancel(self.ticket, self.started),
        }
    }
}

impl CircuitBreaker {
    /// Asks the machine. A pass without a ticket is one that nobody records. What a refusal says to wait comes back in
    /// registers, as refusals come by the million.
    #[cold]
    fn ask(&self, frame: Option<&Frame>, ticket: &mut Option<Ticket>) -> Result<(), Wait> {
        // An open breaker refuses without its lock, and as long as it has longer to go than a recent reading may be
        // wrong, without an exact one. Of what it says to wait, that is all that may be too much.
        let until = Instant::from_nanos(self.0.open_until.load(Ordering::Relaxed));
        let recent = clock::recent();
        if clock::is_surely_ahead(until, recent) {
            // In nanoseconds all the way: to make durations of them is to divide.
            let left = until.as_nanos().saturating_sub(recent.as_nanos());
            let wait = Wait::open_for_nanos(left.min(self.0.open_for.load(Ordering::Relaxed)));
            self.refused(wait);
            return Err(wait);
        }
        self.ask_machine(frame, ticket)
    }

    /// The same, exactly. Apart from the refusals that come by the million, which then save no registers for it.
    #[inline(never)]
    fn ask_machine(&self, frame: Option<&Frame>, ticket: &mut Option<Ticket>) -> Result<(), Wait> {
        let (now, inside) = (clock::now(), probing::current());
        let (admission, state) = self.step(now, &no_words, |machine, config| {
            let (admission, transition) = machine.admit(config, now, &inside);
            ((admission, machine.state()), transition.map(Effect::Changed))
        });
        match admission {
            Admission::Pass(_) if state == CircuitState::Disabled => {}
            Admission::Pass(passed) => {
                if let (Some(frame), Some(probe)) = (frame, passed.probe) {
                    frame.begin_probe(probe);
                }
                *ticket = Some(passed);
            }
            // Whatever it comes to, the probe says it.
            Admission::Inside => {}
            Admission::Refuse { retry_after } => {
                let wait = match (retry_after, state) {
                    (None, _) => Wait::UNKNOWN,
                    (Some(after), CircuitState::HalfOpen) => Wait::half_open(after),
                    (Some(after), _) => Wait::open(after),
                };
                self.refused(wait);
                return Err(wait);
            }
        }
        Ok(())
    }

    /// Counts and tells a refusal.
    #[inline(always)]
    fn refused(&self, wait: Wait) {
        self.tally(Counters::rejected);
        self.0.observer.emit_debug(|| EventKind::Refused { retry_after: wait.get() });
    }

    /// The refusal as an error, made where it is looked at.
    #[inline(always)]
    fn refusal(&self, wait: Wait) -> Error {
        Error::open_circuit(self.0.openings.source(self.0.observer.name()), wait)
    }
}
