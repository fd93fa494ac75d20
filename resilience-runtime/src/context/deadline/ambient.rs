//! The limit that is in force for what a thread runs, and the task that it is in force for.

use std::cell::Cell;

use tokio::task::{self, Id};

use super::limit::Limit;
use crate::core::clock::{self, Instant, nanos};
use crate::core::sync::thread_local;

/// What is in force. Three cells and not one of three words: nearly always only `length` is looked at.
struct Ambient {
    /// When it began; with [`RECENT`], as a recent reading of the clock.
    start: Cell<u64>,
    /// In nanoseconds; 0 where there is no limit.
    length: Cell<u64>,
    /// Whose it is: that of the task, or of what runs in none.
    task: Cell<Option<Id>>,
}

/// Set in `start` while nobody has asked an exact clock: most bodies are done before anybody wants to know. Of time there
/// are 292 years before it gets into the way.
const RECENT: u64 = 1 << 63;

thread_local! {
    // Without a destructor: it can be asked while the thread is torn down.
    static AMBIENT: Ambient =
        const { Ambient { start: Cell::new(0), length: Cell::new(0), task: Cell::new(None) } };
}

impl Ambient {
    #[inline]
    fn set(&self, start: u64, length: u64, task: Option<Id>) {
        self.start.set(start);
        self.length.set(length);
        self.task.set(task);
    }

    /// The limit. From now on everybody sees the same.
    fn settled(&self) -> Limit {
        let mut start = self.start.get();
        if start & RECENT != 0 {
            start = clock::settle(Instant::from_nanos(start & !RECENT)).as_nanos();
            self.start.set(start);
        }
        Limit::starting(Instant::from_nanos(start), self.length.get())
    }
}

/// The limit in force for what runs now.
#[inline]
pub(crate) fn limit() -> Limit {
    if is_unset() { Limit::NONE } else { seen() }
}

/// The limit, for whoever asks. Another task that is polled inside a call does not belong to it.
#[cold]
fn seen() -> Limit {
    AMBIENT.with(|ambient| if ambient.task.get() == task::try_id() { ambient.settled() } else { Limit::NONE })
}

/// About now: near enough to tell what is left of the limit in force, which for a long one takes no exact clock.
#[cold]
pub(crate) fn moment() -> Instant {
    let length = AMBIENT.with(|ambient| ambient.length.get());
    let is_long = nanos(clock::lag()) <= length / 64;
    if is_long { clock::recent() } else { clock::now() }
}

/// Whether none is in force for anybody on this thread: what is known without asking whose task runs.
#[inline]
pub(crate) fn is_unset() -> bool {
    AMBIENT.with(|ambient| ambient.length.get() == 0)
}

/// Puts `limit` in force until the guard is dropped, whatever was before.
#[inline]
pub(crate) fn enter(limit: Limit) -> Entered {
    AMBIENT.with(|ambient| {
        let previous = (ambient.start.get(), ambient.length.get(), ambient.task.get());
        match limit.deadline() {
            Instant::NEVER => ambient.length.set(0),
            _ => {
                let [start, length] = limit.to_nanos();
                ambient.set(start, length, task::try_id());
            }
        }
        Entered { previous }
    })
}

/// See [`enter`].
#[derive(Debug)]
pub(crate) struct Entered {
    previous: (u64, u64, Option<Id>),
}

impl Drop for Entered {
    #[inline]
    fn drop(&mut self) {
        let (start, length, task) = self.previous;
        AMBIENT.with(|ambient| ambient.set(start, length, task));
    }
}

/// Puts a limit of `length` nanoseconds, counted from now, in force until the guard is dropped. For where there
/// [is none](is_unset).
#[inline]
pub(crate) fn enter_within(length: u64) -> Within {
    let start = clock::recent().as_nanos() | RECENT;
    AMBIENT.with(|ambient| ambient.set(start, length, task::try_id()));
    Within
}

/// See [`enter_within`].
#[derive(Debug)]
pub(crate) struct Within;

impl Within {
    /// The deadline. What was entered inside is gone again.
    #[inline]
    pub(crate) fn deadline(&self) -> Instant {
        AMBIENT.with(Ambient::settled).deadline()
    }
}

impl Drop for Within {
    #[inline]
    fn drop(&mut self) {
        AMBIENT.with(|ambient| ambient.length.set(0));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_left_of_a_short_limit_is_told_exactly_and_of_a_long_one_nearly() {
        for (limit, off) in [(Duration::from_millis(10), Duration::ZERO), (Duration::from_secs(5), clock::lag())] {
            let _entered = enter(Limit::from_now(limit));
            let before = clock::now();
            let moment = moment();
            assert!(before.since(moment) <= off && moment <= clock::now(), "{limit:?}");
        }
    }
}
