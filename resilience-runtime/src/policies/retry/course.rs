//! Where a call stands between its attempts, and what becomes of it when one has failed.

use std::time::Duration;

use super::schedule::{self, Cause, Progress, Wait};
use super::stats::End;
use super::{Retry, Step};
use crate::context::deadline;
use crate::context::frame::{Cut, Frame};
use crate::core::clock::{self, Instant};
use crate::core::event::EventKind;
use crate::core::rng;

/// What stays the same during a call.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    pub(super) retry: &'a Retry,
    pub(super) owner: Owner<'a>,
    /// When the first attempt began; [`Instant::NEVER`] unless `max_elapsed` asks.
    pub(super) started: Instant,
}

/// Who drives the attempts.
#[derive(Clone, Copy)]
pub(super) enum Owner<'a> {
    /// A sync call: delays block the thread.
    Call(&'a Frame),
    /// A coroutine: delays are awaited, which takes a timer.
    Task(&'a Frame),
    /// A loop by hand, which has begun under this deadline.
    Hand { deadline: Instant, had_half: bool },
}

impl Owner<'_> {
    /// A loop by hand that begins now.
    #[inline]
    pub(super) fn hand() -> Self {
        if deadline::is_unset() {
            Self::Hand { deadline: Instant::NEVER, had_half: false }
        } else {
            Self::hand_within()
        }
    }

    #[cold]
    fn hand_within() -> Self {
        let limit = deadline::limit();
        Self::Hand { deadline: limit.deadline(), had_half: limit.leaves_half(clock::now()) }
    }

    /// The deadline, asked in the midst of the call.
    fn deadline(self) -> Instant {
        match self {
            Self::Call(frame) | Self::Task(frame) => frame.limit().deadline(),
            Self::Hand { deadline, .. } => deadline,
        }
    }
}

/// What changes from attempt to attempt. Two words, which are handed to what is cold and back: until a call fails they
/// need not be in memory. No bit of them is left over, so that a word of a future is written at once, not field by field.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(crate) struct Course {
    /// The delay before the attempt, as the strategy drew it, in nanoseconds: futures carry it. Once the attempt looks at a
    /// half-open circuit again, how often it has, above [`LOOKS`]: a field of its own would cost every call.
    memory: u64,
    /// The attempt under way or just done, from 1.
    attempt: u32,
    phase: Phase,
}

const _: () = assert!(size_of::<Course>() == 16);

/// What a course remembers from here on are looks: no delay of 292 years is.
const LOOKS: u64 = 1 << 63;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
enum Phase {
    /// The first attempt is under way: a phase of its own, so that nearly every call asks one thing only.
    First,
    Running,
    /// The next attempt is decided on and has not begun.
    Waiting,
    /// The attempt did not get past a half-open circuit, and will look again.
    Looking,
    Ended,
}

impl Course {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self { memory: 0, attempt: 1, phase: Phase::First }
    }

    #[inline]
    pub(super) fn is_waiting(self) -> bool {
        matches!(self.phase, Phase::Waiting | Phase::Looking)
    }

    #[inline]
    pub(crate) fn has_ended(self) -> bool {
        self.phase == Phase::Ended
    }

    /// Whether the first attempt is under way, and for the first time: not after a look at a half-open circuit.
    #[inline]
    pub(crate) fn is_first(self) -> bool {
        self.phase == Phase::First
    }

    #[inline]
    pub(crate) const fn ended(self) -> Self {
        Self { phase: Phase::Ended, ..self }
    }

    #[inline]
    pub(super) const fn running(self) -> Self {
        Self { phase: Phase::Running, ..self }
    }

    fn looks(self) -> u16 {
        u16::try_from(self.memory.saturating_sub(LOOKS)).unwrap_or(u16::MAX)
    }

    /// The delay before the attempt. After looks the strategy begins anew.
    fn previous(self) -> Duration {
        if self.memory < LOOKS { Duration::from_nanos(self.memory) } else { Duration::ZERO }
    }

    /// The attempt that was judged last; 0 before any was.
    pub(crate) const fn judged(&self) -> u32 {
        match self.phase {
            Phase::First | Phase::Running => self.attempt - 1,
            Phase::Waiting | Phase::Looking | Phase::Ended => self.attempt,
        }
    }
}

impl Run<'_> {
    #[cold]
    pub(super) fn begin(self, course: Course) -> Course {
        if course.phase == Phase::Looking {
            return course;
        }
        self.retry.0.counters.retried();
        Course { attempt: course.attempt + 1, ..course }
    }

    /// Decides on the next attempt.
    // Never inlined, as it would be where it is called once: it is cold, and what it needs would be kept in memory.
    #[cold]
    #[inline(never)]
    pub(super) fn again(
        self,
        course: Course,
        cause: Cause,
        own: impl FnOnce(u32) -> Option<Duration>,
        error: impl FnOnce() -> String,
    ) -> (Course, Step) {
        if course.has_ended() {
            return (course, Step::Done);
        }
        match self.next(course, cause, own, clock::now()) {
            Err(end) => (self.end(course, end), Step::Done),
            Ok(Wait { delay, drawn }) => {
                self.retry.0.counters.backed_off(delay);
                let attempt = course.attempt;
                self.retry.0.observer.emit_debug(|| EventKind::Retried { attempt, delay, error: error() });
                let (memory, phase) = match cause {
                    Cause::HalfOpen => (LOOKS + u64::from(course.looks()) + 1, Phase::Looking),
                    Cause::Failed(_) | Cause::Open(_) => (clock::nanos(drawn).min(LOOKS - 1), Phase::Waiting),
                };
                (Course { memory, phase, ..course }, Step::Retry(delay))
            }
        }
    }

    fn next(
        self,
        course: Course,
        cause: Cause,
        own: impl FnOnce(u32) -> Option<Duration>,
        now: Instant,
    ) -> Result<Wait, End> {
        let retry = self.retry;
        let own = || own(course.attempt);
        let wait = schedule::next(&retry.0.config, &self.progress(course), cause, own, now, rng::unit)?;
        // Last, so that nothing is paid for an attempt that is not made.
        let paid = !cause.loads() || retry.budget().is_none_or(|budget| budget.try_withdraw(now));
        if !paid {
            return Err(End::BudgetExhausted);
        }
        if matches!(self.owner, Owner::Call(_)) && !wait.delay.is_zero() {
            retry.0.warnings.blocks(retry.name());
        }
        Ok(wait)
    }

    pub(super) fn is_late(self, course: Course) -> bool {
        schedule::is_late(&self.retry.0.config, &self.progress(course), clock::now())
    }

    fn progress(self, course: Course) -> Progress {
        Progress {
            attempt: course.attempt,
            looks: course.looks(),
            previous: course.previous(),
            started: Some(self.started).filter(|started| *started != Instant::NEVER),
            deadline: self.owner.deadline(),
        }
    }

    /// The call ends, between attempts or with one.
    #[cold]
    pub(super) fn end(self, course: Course, end: End) -> Course {
        if !course.has_ended() {
            self.retry.0.counters.ended(course.attempt > 1, end);
        }
        course.ended()
    }

    /// The call is dropped.
    #[cold]
    pub(super) fn dropped(self, course: Course) {
        let cut = match self.owner {
            Owner::Call(frame) | Owner::Task(frame) => frame.cut(),
            Owner::Hand { deadline, had_half: true } => Cut::of_thread(deadline),
            Owner::Hand { .. } => Cut::of_thread(Instant::NEVER),
        };
        self.end(course, End::of(cut));
    }
}
