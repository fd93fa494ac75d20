//! What becomes of the timers of finished calls.

#![allow(clippy::disallowed_methods, reason = "the runtime's own clock is looked at beside that of the policies")]

use std::future::poll_fn;
use std::task::{Context, Waker};

use tokio::runtime::{Builder, Handle, Runtime};

use super::super::timer::{IDLE, KEPT, Timer, poll_timer};
use super::*;
use crate::clock;

/// A runtime whose clock stands still, on this thread. The clock of the policies follows it with `test-util` only.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

fn forget_idle() {
    IDLE.with_borrow_mut(Vec::clear);
}

/// A call that waits under this limit, and is done before it passes.
fn wait_and_leave(limit: Duration) {
    let mut timer = None;
    let deadline = clock::now().saturating_add(limit);
    assert!(poll_timer(&mut timer, deadline, &mut Context::from_waker(Waker::noop())).is_pending());
}

#[test]
fn a_timer_is_kept_for_the_next_call() {
    forget_idle();
    runtime().block_on(async {
        for _ in 0..5 {
            wait_and_leave(AMPLE);
            assert_eq!(IDLE.with_borrow(Vec::len), 1);
        }
    });
}

#[cfg(not(feature = "test-util"))]
#[test]
fn a_kept_timer_stays_armed_and_serves_a_later_deadline_as_it_is() {
    forget_idle();
    runtime().block_on(async {
        wait_and_leave(100 * MS);
        let moment = IDLE.with_borrow(|idle| idle[0].moment());
        wait_and_leave(AMPLE);
        assert_eq!(IDLE.with_borrow(|idle| idle[0].moment()), moment);
        wait_and_leave(10 * MS);
        assert!(IDLE.with_borrow(|idle| idle[0].moment()) < moment, "a nearer deadline needs a nearer moment");
    });
}

#[test]
fn a_timer_that_goes_off_too_soon_is_set_anew() {
    forget_idle();
    runtime().block_on(async {
        wait_and_leave(100 * MS);
        let start = tokio::time::Instant::now();
        let (mut timer, deadline) = (None, clock::now().saturating_add(250 * MS));
        poll_fn(|cx| poll_timer(&mut timer, deadline, cx)).await;
        assert!(start.elapsed() >= 250 * MS, "{:?}", start.elapsed());
    });
}

#[cfg(feature = "test-util")]
#[test]
fn a_paused_clock_does_not_jump_to_a_timer_that_nobody_waits_for() {
    forget_idle();
    runtime().block_on(async {
        wait_and_leave(100 * MS);
        let start = tokio::time::Instant::now();
        tokio::time::sleep(AMPLE).await;
        assert_eq!(start.elapsed(), AMPLE);
        assert!(IDLE.with_borrow(|idle| !idle[0].is_armed()));
    });
}

#[test]
fn a_timer_of_another_runtime_is_made_anew() {
    forget_idle();
    let other = runtime();
    other.block_on(async { wait_and_leave(100 * MS) });
    runtime().block_on(async {
        let timer = Timer::take(clock::now().saturating_add(AMPLE));
        assert_eq!(timer.runtime(), Some(Handle::current().id()));
    });
    drop(other);
}

#[test]
fn a_kept_timer_outlives_its_runtime() {
    forget_idle();
    runtime().block_on(async { wait_and_leave(100 * MS) });
    assert_eq!(IDLE.with_borrow(Vec::len), 1);
    runtime().block_on(async { wait_and_leave(100 * MS) });
    forget_idle();
}

#[test]
fn a_thread_may_end_after_the_runtime_whose_timers_it_keeps() {
    let thread = std::thread::spawn(|| {
        let runtime = runtime();
        runtime.block_on(async { wait_and_leave(100 * MS) });
        drop(runtime);
        IDLE.with_borrow(Vec::len)
    });
    assert_eq!(thread.join().unwrap(), 1);
}

#[test]
fn not_more_timers_are_kept_than_are_worth_it() {
    forget_idle();
    runtime().block_on(async {
        let deadline = clock::now().saturating_add(AMPLE);
        let timers: Vec<Timer> = (0..KEPT + 10).map(|_| Timer::take(deadline)).collect();
        drop(timers);
        assert_eq!(IDLE.with_borrow(Vec::len), KEPT);
    });
    forget_idle();
}
