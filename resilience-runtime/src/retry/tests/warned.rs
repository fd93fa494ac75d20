//! What the log is told, once.

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
