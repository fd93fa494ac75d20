//! What the log is told, once.

use super::*;
use crate::core::observe::warnings::warnings;

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

#[test]
fn without_a_runtime_an_async_retry_waits() {
    let retry = steady(2).base_delay(Duration::from_nanos(1)).build().unwrap();
    let mut answers = [Err("down"), Ok(1)].into_iter();
    let told = warnings(|| {
        let call = retry.call_async(|| std::future::ready(answers.next().unwrap()));
        assert_eq!(futures_executor::block_on(call), Ok(1));
    });
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(retry.stats().successes_with_retry, 1);
}

#[test]
fn without_a_runtime_a_sync_retry_waits() {
    let retry = steady(2).base_delay(Duration::from_nanos(1)).build().unwrap();
    let mut answers = [Err("down"), Ok(1)].into_iter();
    assert!(warnings(|| assert_eq!(retry.call(|| answers.next().unwrap()), Ok(1))).is_empty());
}

/// What the log is told when `call` runs twice in a retry that waits.
fn told_of(run: impl FnOnce(&dyn Fn())) -> Vec<String> {
    let retry = steady(2).base_delay(Duration::from_nanos(1)).build().unwrap();
    let call = || assert_eq!(retry.call(|| Err::<(), _>("down")), Err("down"));
    warnings(|| run(&|| (0..2).for_each(|_| call())))
}

#[test]
fn a_sync_retry_that_waits_in_a_task_is_told_once() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let told = told_of(|calls| runtime.block_on(async { calls() }));
    let [told] = &told[..] else { panic!("{told:?}") };
    assert!(told.contains("name=\"test\"") && told.contains("spawn_blocking"), "{told}");
}

#[test]
fn a_sync_retry_that_waits_where_one_may_is_not_told() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    assert!(told_of(|calls| calls()).is_empty());
    assert!(told_of(|calls| runtime.block_on(async { tokio::task::block_in_place(calls) })).is_empty());
    let _entered = runtime.enter();
    assert!(told_of(|calls| calls()).is_empty());
}

#[test]
fn a_sync_retry_that_does_not_wait_in_a_task_is_not_told() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let retry = steady(2).base_delay(Duration::ZERO).build().unwrap();
    let told = warnings(|| {
        runtime.block_on(async {
            assert_eq!(retry.call(|| Err::<(), _>("down")), Err("down"));
            assert_eq!(retry.call(|| Ok::<_, ()>(1)), Ok(1));
        });
    });
    assert!(told.is_empty(), "{told:?}");
}
