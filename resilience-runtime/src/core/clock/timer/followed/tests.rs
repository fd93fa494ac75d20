//! A timer follows the clock of the runtime that its task is polled in.

use std::future::poll_fn;
use std::task::{Context, Waker};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::core::clock::{self, Timer, poll_timer};

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3_600);

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// A call that waits under this limit, and is done before it passes.
fn wait_and_leave(limit: Duration) {
    let deadline = clock::now().saturating_add(limit);
    assert!(poll_timer(&mut None, deadline, &mut Context::from_waker(Waker::noop())).is_pending());
}

#[test]
fn a_paused_clock_moves_to_the_deadline() {
    runtime().block_on(async {
        let deadline = clock::now().saturating_add(HOUR);
        let mut timer: Option<Timer> = None;
        poll_fn(|cx| poll_timer(&mut timer, deadline, cx)).await;
        assert!(clock::now() >= deadline);
    });
}

#[test]
fn a_paused_clock_does_not_jump_to_a_timer_that_nobody_waits_for() {
    runtime().block_on(async {
        wait_and_leave(100 * MS);
        let start = clock::now();
        tokio::time::sleep(HOUR).await;
        assert_eq!(clock::now().since(start), HOUR);
    });
}

#[test]
fn a_timer_goes_along_with_its_task_to_another_runtime() {
    let mut timer: Option<Timer> = None;
    let first = runtime();
    let deadline = first.block_on(async {
        let deadline = clock::now().saturating_add(HOUR);
        assert!(poll_timer(&mut timer, deadline, &mut Context::from_waker(Waker::noop())).is_pending());
        deadline
    });
    drop(first);
    runtime().block_on(async {
        poll_fn(|cx| poll_timer(&mut timer, deadline, cx)).await;
        assert!(clock::now() >= deadline);
    });
}

#[test]
fn a_timer_does_not_stay_with_a_runtime_that_nobody_drives() {
    let mut timer: Option<Timer> = None;
    let [first, second] = [runtime(), runtime()];
    let deadline = first.block_on(async {
        let deadline = clock::now().saturating_add(HOUR);
        assert!(poll_timer(&mut timer, deadline, &mut Context::from_waker(Waker::noop())).is_pending());
        deadline
    });
    second.block_on(async {
        poll_fn(|cx| poll_timer(&mut timer, deadline, cx)).await;
        assert!(clock::now() >= deadline);
    });
}
