//! Callers whose time jumps: they share every policy with the others, but not the clock.
//!
//! Some are tasks on a paused clock of tokio's, which begins now and is pushed ahead of everybody; some are a thread
//! with a clock moved by hand, which begins on a later day. Both come back to the present and leave again, so that for
//! the policies time leaps both ways. What is counted must not depend on it.

use std::cell::RefCell;
use std::thread;
use std::time::Duration;

use resilience::{CircuitBreaker, clock};
use tokio::task::JoinSet;

use crate::ledger::Count;
use crate::{dice, permits, traffic};

/// Tasks on one paused clock, and the calls that each makes before the clock is thrown away.
const TASKS: u64 = 64;
const CALLS: u64 = 5;

/// Calls on one clock that is moved by hand.
const CALLS_BY_HAND: u64 = 64;

/// How long a thread rests between two jumps, in real time: enough that the policies belong to the others, too.
const REST: Duration = Duration::from_millis(1);

/// By how much paused clocks were moved, in nanoseconds; a jump counts for a second at most, as it does for a budget.
static MOVED: Count = Count::new();

thread_local! {
    static BY_HAND: RefCell<Option<clock::ManualClock>> = const { RefCell::new(None) };
}

/// The time that paused clocks have added to the real one.
pub fn moved() -> Duration {
    Duration::from_nanos(MOVED.get())
}

/// Mostly a step, sometimes past every limit and recovery, now and then past everything that a window remembers.
fn length() -> Duration {
    match dice::below(2_000) {
        0 => Duration::from_secs(3_600),
        1..4 => Duration::from_secs(1),
        4..100 => Duration::from_millis(50),
        _ => dice::time_below(Duration::from_millis(4)),
    }
}

/// Registered again by everybody who comes: what each of them counts must be in the books of the first.
fn permits() -> CircuitBreaker {
    permits::register().expect("as in `main`")
}

/// Tasks on a paused clock, again and again.
pub fn paused() {
    while traffic::is_open() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.expect("the system has one more runtime").block_on(ahead());
    }
}

async fn ahead() {
    let mut callers = JoinSet::new();
    for _ in 0..TASKS {
        let permits = permits();
        callers.spawn(async move {
            for _ in 0..CALLS {
                traffic::async_call(&permits).await;
            }
        });
    }
    while !callers.is_empty() {
        // Never idle, so that the clock moves here only.
        let by = length();
        tokio::time::advance(by).await;
        MOVED.add_many(u64::try_from(by.min(Duration::from_secs(1)).as_nanos()).unwrap_or(u64::MAX));
        thread::sleep(REST);
        while callers.try_join_next().is_some() {}
    }
}

/// Calls on a clock that is moved by hand, again and again.
pub fn by_hand() {
    while traffic::is_open() {
        let permits = permits();
        BY_HAND.set(Some(clock::manual()));
        for _ in 0..CALLS_BY_HAND {
            traffic::sync_call(&permits);
            wait(length());
            thread::sleep(REST);
        }
        BY_HAND.set(None);
    }
}

/// Lets time pass on this thread, in whatever way it does here.
pub fn wait(time: Duration) {
    BY_HAND.with_borrow(|clock| match clock {
        Some(clock) => clock.advance(time),
        None => thread::sleep(time),
    });
}
