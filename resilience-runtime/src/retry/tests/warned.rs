//! What the log is told, once.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::*;
use crate::observe::warnings::warnings;

#[test]
fn a_wrong_option_of_a_later_call_is_told_once() {
    let retry = steady(2).build().unwrap();
    let told = warnings(|| {
        for attempts in [3, 0, 0] {
            let configured = retry.configured(steady(attempts));
            assert_eq!(configured.config().max_attempts, attempts.max(1));
        }
    });
    let [told] = &told[..] else { panic!("{told:?}") };
    assert!(told.contains("name=\"test\"") && told.contains("`max_attempts` is 0"), "{told}");
}

#[test]
fn what_is_told_at_each_call_need_not_be_told_by_the_registry() {
    assert!(steady(0).build().is_err());
    let retry = steady(0).within_bounds().build().unwrap();
    assert_eq!(retry.config().max_attempts, 1);
}

/// What a future that never waits comes to, without a runtime.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn without_a_runtime_an_async_retry_returns_the_first_error() {
    let budget = crate::budget::Budget::builder("no_runtime").build().unwrap();
    let retry = steady(3).budget(budget.clone()).build().unwrap();
    let told = warnings(|| {
        for _ in 0..2 {
            assert_eq!(at_once(retry.call_async(async || Err::<(), _>("down"))), Err("down"));
        }
    });
    assert!(matches!(&told[..], [told] if told.contains("tokio runtime")), "{told:?}");
    let stats = retry.stats();
    assert_eq!((stats.calls, stats.not_retryable, stats.retries), (2, 2, 0));
    assert_eq!(budget.stats().granted, 0, "nothing is paid for");
    assert_eq!(at_once(retry.call_async(async || Ok::<_, ()>(1))), Ok(1));
}

#[test]
fn without_a_runtime_a_sync_retry_waits() {
    let retry = steady(2).base_delay(Duration::from_nanos(1)).build().unwrap();
    let mut answers = [Err("down"), Ok(1)].into_iter();
    assert!(warnings(|| assert_eq!(retry.call(|| answers.next().unwrap()), Ok(1))).is_empty());
}
