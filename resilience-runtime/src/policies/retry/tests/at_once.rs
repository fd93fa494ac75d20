//! A `base_delay` of zero: no timer, and no task that keeps the thread to itself.

use std::cell::Cell;
use std::future::{Future, ready};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::*;

fn at_once(attempts: u32) -> Retry {
    Retry::builder("at_once").max_attempts(attempts).base_delay(Duration::ZERO).build().unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    // Without a timer.
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

#[test]
fn a_longest_delay_of_zero_is_refused_and_waits_for_nothing() {
    let zero = || Retry::builder("at_once").max_attempts(2).max_delay(Duration::ZERO);
    let text = "retry `at_once`: `max_delay` is 0ns; it must be no shorter than `base_delay`, and zero only with it";
    assert_eq!(zero().build().unwrap_err().to_string(), text);
    let (retry, _) = zero().clamped(|_| unreachable!("it has no budget"));
    assert_eq!(retry.call(|| Err::<(), _>("down")), Err("down"));
    assert!(retry.stats().backoff <= Duration::from_nanos(1), "{:?}", retry.stats().backoff);
    assert!(zero().base_delay(Duration::ZERO).build().is_ok(), "both say at once");
}

#[test]
fn no_timer_is_needed() {
    let retry = at_once(3);
    assert_eq!(runtime().block_on(retry.call_async(async || Err::<(), _>("down"))), Err("down"));
    assert_eq!((retry.stats().retries, retry.stats().backoff), (2, Duration::ZERO));
}

#[test]
fn no_runtime_is_needed() {
    let retry = at_once(3);
    let mut call = pin!(retry.call_async(|| ready(Err::<(), _>("down"))));
    let mut poll = || call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll().is_pending() && poll().is_pending(), "once after each attempt that failed");
    assert_eq!(poll(), Poll::Ready(Err("down")));
    assert_eq!(retry.stats().retries, 2);
}

#[test]
fn others_get_their_turn_between_two_attempts() {
    let tasks = tokio::task::LocalSet::new();
    let turns = Rc::new(Cell::new(0));
    let others = Rc::clone(&turns);
    tasks.spawn_local(async move {
        loop {
            others.set(others.get() + 1);
            tokio::task::yield_now().await;
        }
    });
    let retry = at_once(1000);
    let outcome = tasks.block_on(&runtime(), retry.call_async(|| ready(Err::<(), _>("taken"))));
    assert_eq!((outcome, retry.stats().retries), (Err("taken"), 999));
    assert!(turns.get() >= 10, "{} turns", turns.get());
}

#[test]
fn a_call_that_is_dropped_in_its_turn_is_cancelled() {
    let retry = at_once(3);
    {
        let mut call = pin!(retry.call_async(|| ready(Err::<(), _>("down"))));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!((retry.stats().calls, retry.stats().cancelled, retry.stats().retries), (1, 1, 0));
}
