//! Whether a call is running or suspended: how a dropped permit knows a panic from a cancellation.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::context::deadline::{self, Entered, Limit};
use crate::core::clock::{self, Instant};
use crate::core::probing::{self, Probe};
use crate::core::sync::{AtomicU32, AtomicU64, Ordering, const_fn};

/// One coroutine (or sync call) that holds permits.
///
/// A permit that is dropped without a report while its frame is suspended was cancelled from outside; one that is
/// dropped while the frame runs is being unwound. `std::thread::panicking` cannot tell the two apart: a sibling's
/// panic in a `join!` drops suspended futures too.
///
/// It also knows the deadline of its call: the latest of those that were ambient when it was polled. So a stranger who
/// polls the call as well does not hurry it.
#[derive(Debug)]
pub struct Frame {
    /// As wide as what is beside it: a future writes the two at once.
    state: AtomicU32,
    /// The probe of a half-open circuit that the call is; 0 for all others.
    probe: AtomicU32,
    /// When the call began, if a limit was in force then; 0 otherwise.
    began: AtomicU64,
    /// The latest of the limits that were in force at the polls which have ended; of no length before the first has. Who
    /// drops the coroutine is not asked for one.
    limit: [AtomicU64; 2],
}

/// It runs, and has not awaited yet.
const CALLED: u32 = 0;
/// It runs, and has awaited.
const POLLED: u32 = 1;
/// It waits at an `.await`.
const SUSPENDED: u32 = 2;

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
                state: AtomicU32::new(CALLED),
                probe: AtomicU32::new(0),
                began: AtomicU64::new(0),
                limit: [AtomicU64::new(0), AtomicU64::new(0)],
            }
        }
    }

    /// The same for a coroutine that may work before it awaits: that is a part of the call.
    #[inline]
    #[must_use]
    pub fn begun() -> Self {
        let frame = Self::new();
        frame.begin();
        frame
    }

    /// The call begins now, unless it has begun. Where nothing that takes time comes before the first poll, that does.
    #[inline]
    fn begin(&self) {
        if !deadline::is_unset() {
            self.begin_within();
        }
    }

    #[cold]
    fn begin_within(&self) {
        if self.began.load(Ordering::Relaxed) == 0 {
            self.began.store(deadline::moment().as_nanos(), Ordering::Relaxed);
        }
    }

    /// The same for who knows the time.
    #[cold]
    pub(crate) fn begin_at(&self, now: Instant) {
        if self.began.load(Ordering::Relaxed) == 0 {
            self.began.store(now.as_nanos(), Ordering::Relaxed);
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
        let began = Instant::from_nanos(self.began.load(Ordering::Relaxed));
        self.cut_where(self.kept().leaves_half(began))
    }

    /// The same for who has looked whether there was half of the limit.
    #[cold]
    pub(crate) fn cut_where(&self, had_half: bool) -> Cut {
        let deadline = self.kept().deadline();
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
        deadline::limit().later(self.kept())
    }

    /// The coroutine polls what it awaits.
    #[inline]
    pub(crate) fn run(&self) {
        if !self.is_undisturbed() {
            self.look_up();
        }
        self.set(POLLED);
    }

    /// The same, where it polls that for the first time, and without a limit: so there is nothing to take up.
    #[inline]
    pub(crate) fn run_anew(&self) {
        debug_assert!(!self.is_suspended(), "a frame goes on before it begins something new");
        self.set(POLLED);
    }

    /// The same, where what it awaits must find the limit of the call in force.
    #[inline]
    fn resume(&self) -> Option<Entered> {
        let entered = if self.is_undisturbed() { None } else { self.take_up() };
        self.set(POLLED);
        entered
    }

    /// Whether there is neither a probe nor a limit to look after. One question: both are words that are 0.
    #[inline]
    fn is_undisturbed(&self) -> bool {
        (self.probe.load(Ordering::Relaxed) == 0) & deadline::is_unset()
    }

    #[cold]
    fn look_up(&self) {
        if let Some(probe) = self.probe() {
            self.resume_probe(probe);
        }
        if !self.is_coroutine() {
            self.begin();
        }
    }

    /// A later poll may be by somebody who has less time than who polled before.
    #[cold]
    fn take_up(&self) -> Option<Entered> {
        self.look_up();
        let kept = self.kept();
        (kept.deadline() > deadline::limit().deadline()).then(|| deadline::enter(kept))
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
        // Without a limit at one poll there is none for the call.
        self.keep(if deadline::is_unset() { Limit::NONE } else { self.later() });
        self.set(SUSPENDED);
        if let Some(probe) = self.probe() {
            probing::leave(probe);
        }
    }

    #[inline]
    fn keep(&self, limit: Limit) {
        for (place, nanos) in self.limit.iter().zip(limit.to_nanos()) {
            place.store(nanos, Ordering::Relaxed);
        }
    }

    /// Before the first poll has ended, one that any other is later than.
    fn kept(&self) -> Limit {
        Limit::from_nanos([self.limit[0].load(Ordering::Relaxed), self.limit[1].load(Ordering::Relaxed)])
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
    fn get(&self) -> u32 {
        self.state.load(Ordering::Relaxed)
    }

    #[inline]
    fn set(&self, state: u32) {
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
