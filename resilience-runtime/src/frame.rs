//! Whether a call is running or suspended: how a dropped permit knows a panic from a cancellation.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::clock::{self, Instant};
use crate::deadline::{self, Entered, Limit};
use crate::probing::{self, Probe};
use crate::sync::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering, const_fn};

/// One coroutine (or sync call) that holds permits.
///
/// A permit that is dropped without a report while its frame is suspended was cancelled from outside; one that is
/// dropped while the frame runs is being unwound. `std::thread::panicking` cannot tell the two apart: a sibling's
/// panic in a `join!` drops suspended futures too.
///
/// It also knows the deadline of its call: the later of the ambient one at the first poll and that at this poll. So a
/// stranger who polls the call as well does not hurry it.
#[derive(Debug)]
pub struct Frame {
    state: AtomicU8,
    /// Whether the call had at least half of the limit that was in force when it first waited.
    had_half: AtomicBool,
    /// The probe of a half-open circuit that the call is; 0 for all others.
    probe: AtomicU32,
    /// The limit in force at the first poll, noted when that poll ends; of no length before.
    first: [AtomicU64; 2],
    /// The deadline of the call when it was suspended, in nanoseconds: who drops the coroutine is not asked.
    deadline: AtomicU64,
}

/// It runs, and has not awaited yet.
const CALLED: u8 = 0;
/// It runs, and has awaited.
const POLLED: u8 = 1;
/// It waits at an `.await`.
const SUSPENDED: u8 = 2;

/// Why something that belongs to a frame is dropped without a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// It is a panic that passes.
    Unwinding,
    /// One of our timeouts has dropped the coroutine: its deadline has passed, and it had at least half of that limit.
    TimedOut,
    /// Its caller has lost interest, or gave it too little time to be blamed.
    Cancelled,
}

impl Cut {
    /// What it means to something that knows no frame, under the deadline it began with.
    #[cold]
    pub(crate) fn of_thread(deadline: Instant) -> Self {
        match std::thread::panicking() {
            true => Self::Unwinding,
            false if deadline != Instant::NEVER && clock::now() >= deadline => Self::TimedOut,
            false => Self::Cancelled,
        }
    }
}

impl Default for Frame {
    fn default() -> Self {
        Self::new()
    }
}

impl Frame {
    const_fn! {
        /// The frame of a call that starts running now.
        #[inline]
        #[must_use]
        pub fn new() -> Self {
            Self {
                state: AtomicU8::new(CALLED),
                had_half: AtomicBool::new(false),
                probe: AtomicU32::new(0),
                first: [AtomicU64::new(0), AtomicU64::new(0)],
                deadline: AtomicU64::new(0),
            }
        }
    }

    /// Whether the coroutine waits at an `.await`.
    #[inline]
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.get() == SUSPENDED
    }

    /// What a drop without a report means.
    #[cold]
    pub(crate) fn cut(&self) -> Cut {
        self.cut_where(self.had_half.load(Ordering::Relaxed))
    }

    /// The same for who has looked whether there was half of the limit.
    #[cold]
    pub(crate) fn cut_where(&self, had_half: bool) -> Cut {
        let deadline = Instant::from_nanos(self.deadline.load(Ordering::Relaxed));
        let is_over = || deadline != Instant::NEVER && clock::now() >= deadline;
        match self.is_suspended() {
            false => Cut::Unwinding,
            true if had_half && is_over() => Cut::TimedOut,
            true => Cut::Cancelled,
        }
    }

    /// Whether it has ever awaited: a sync call never does.
    #[inline]
    pub(crate) fn is_coroutine(&self) -> bool {
        self.get() != CALLED
    }

    /// The limit that is in force for the call.
    #[inline]
    pub(crate) fn limit(&self) -> Limit {
        if deadline::is_unset() { Limit::NONE } else { self.later() }
    }

    #[cold]
    fn later(&self) -> Limit {
        deadline::limit().later(self.first())
    }

    /// The coroutine polls what it awaits.
    #[inline]
    pub(crate) fn run(&self) {
        if self.is_coroutine() {
            self.run_on();
        }
        self.set(POLLED);
    }

    /// The same, where it polls that for the first time: so it is not suspended, and nothing has to be taken up.
    #[inline]
    pub(crate) fn run_anew(&self) {
        debug_assert!(!self.is_suspended(), "a frame goes on before it begins something new");
        self.set(POLLED);
    }

    /// What there is to do only after it has awaited.
    #[cold]
    fn run_on(&self) {
        if let Some(probe) = self.probe() {
            self.resume_probe(probe);
        }
    }

    /// The same, where what it awaits must find the limit of the call in force.
    #[inline]
    fn resume(&self) -> Option<Entered> {
        let entered = if self.is_coroutine() { self.again() } else { None };
        self.set(POLLED);
        entered
    }

    /// A later poll: by somebody who has less time than who polled first, perhaps.
    #[cold]
    fn again(&self) -> Option<Entered> {
        self.run_on();
        let first = self.first();
        (first.deadline() > deadline::limit().deadline()).then(|| deadline::enter(first))
    }

    /// The call has become a probe of a half-open circuit: what it calls is inside of it, until it has reported.
    #[cold]
    pub(crate) fn begin_probe(&self, probe: Probe) {
        probing::begin(probe);
        self.probe.store(probe.get(), Ordering::Relaxed);
    }

    #[cold]
    fn resume_probe(&self, probe: Probe) {
        if self.is_suspended() && !probing::resume(probe) {
            self.probe.store(0, Ordering::Relaxed);
        }
    }

    #[inline]
    fn probe(&self) -> Option<Probe> {
        Probe::new(self.probe.load(Ordering::Relaxed))
    }

    /// What the coroutine awaits is pending.
    #[inline]
    pub(crate) fn suspend(&self) {
        if deadline::is_unset() {
            self.note(Limit::NONE, Limit::NONE);
        } else {
            self.suspend_within();
        }
        self.set(SUSPENDED);
        if let Some(probe) = self.probe() {
            probing::leave(probe);
        }
    }

    #[cold]
    fn suspend_within(&self) {
        let limit = deadline::limit();
        if self.is_fresh() && limit != Limit::NONE {
            self.had_half.store(limit.leaves_half(clock::now()), Ordering::Relaxed);
        }
        self.note(limit, limit.later(self.first()));
    }

    /// Notes the limit in force at the first poll, and what the call has.
    #[inline]
    fn note(&self, first: Limit, later: Limit) {
        if self.is_fresh() {
            for (place, nanos) in self.first.iter().zip(first.to_nanos()) {
                place.store(nanos, Ordering::Relaxed);
            }
        }
        self.deadline.store(later.deadline().as_nanos(), Ordering::Relaxed);
    }

    /// Whether no poll has ended yet: what is in force is what the call has.
    #[inline]
    fn is_fresh(&self) -> bool {
        self.first[1].load(Ordering::Relaxed) == 0
    }

    fn first(&self) -> Limit {
        Limit::from_nanos([self.first[0].load(Ordering::Relaxed), self.first[1].load(Ordering::Relaxed)])
    }

    /// Polls what the future of this frame waits for.
    #[inline]
    pub(crate) fn poll<T>(&self, inner: impl FnOnce() -> Poll<T>) -> Poll<T> {
        let resumed = self.resume();
        let poll = inner();
        drop(resumed);
        if poll.is_pending() {
            self.suspend();
        }
        poll
    }

    // Relaxed: a coroutine is polled and dropped through `&mut`, which orders the accesses.
    #[inline]
    fn get(&self) -> u8 {
        self.state.load(Ordering::Relaxed)
    }

    #[inline]
    fn set(&self, state: u8) {
        self.state.store(state, Ordering::Relaxed);
    }
}

/// Awaits `future` on behalf of the coroutine of `frame`.
#[inline]
pub const fn watch<F: Future>(frame: &Frame, future: F) -> Watch<'_, F> {
    Watch { frame, future }
}

pin_project_lite::pin_project! {
    /// See [`watch`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Watch<'a, F> {
        frame: &'a Frame,
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Watch<'_, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.frame.poll(|| this.future.poll(cx))
    }
}
