//! How a call with several attempts is counted: by the last one.

use crate::support::*;
use resilience::{CallStats, circuit_breaker, registry, retry, timeout};

both! {
    #[retry(max_attempts = 2, base_delay = "1s", jitter = none)]
    #[circuit_breaker(name = NAME, failure_threshold = 100, ignore_if = |e: &Failure| *e == Failure::Status(404))]
    fn ignoring(script);

    #[retry(max_attempts = 2, base_delay = "1s", jitter = none)]
    #[timeout("2s")]
    #[circuit_breaker(name = NAME, failure_threshold = 100, ignore_if = |e: &Failure| *e == Failure::Status(404))]
    fn limited(script);

    #[timeout("2s")]
    #[circuit_breaker(name = NAME, ignore_if = |e: &Failure| *e == Failure::Status(404))]
    fn late(script);

    #[retry(max_attempts = 2, base_delay = "1s", jitter = none, retry_on_open = true, before_retry = |_, _| {
        registry().circuit_breaker(NAME).unwrap().force_open();
    })]
    #[circuit_breaker(name = NAME, ignore_if = |e: &Failure| *e == Failure::Status(404))]
    fn shut(script);

    #[retry(max_attempts = 2, base_delay = "1s", jitter = none, before_retry = |_, _| Err::<(), _>(Failure::Status(401)))]
    #[circuit_breaker(name = NAME, ignore_if = |e: &Failure| *e == Failure::Status(404))]
    fn hooked(script);

    #[circuit_breaker(name = NAME)]
    #[timeout("2s")]
    fn refused(script);
}

/// The failures and the ignored ones among the calls of this case.
fn errors(case: &Case) -> (u64, u64) {
    let CallStats { failures, ignored, .. } = registry()
        .inventory()
        .iter()
        .find(|function| function.path() == case.name)
        .expect("it is in the inventory")
        .stats();
    (failures, ignored)
}

#[test]
fn the_last_attempt_says_whether_an_error_was_ignored() {
    ignoring::each([fail(404), fail(500)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(500)));
        assert_eq!(errors(case), (1, 0));
        assert_eq!(case.play([fail(500), fail(404)]), Err(Failure::Status(404)));
        assert_eq!(errors(case), (1, 1));
    });
}

#[test]
fn a_refusal_is_not_ignored_whatever_was_before_it() {
    shut::each([fail(404)], |case| {
        assert!(is_open(&case.call()));
        assert_eq!(errors(case), (1, 0));
    });
    limited::each([fail(404), hang()], |case| {
        assert!(is_timeout(&case.call()));
        assert_eq!(errors(case), (1, 0));
    });
}

#[test]
fn a_late_error_that_would_be_ignored_is_a_timeout_unless_it_stays() {
    late::each([fail(404).after(secs(5))], |case| {
        let reply = case.call();
        if case.is_async() {
            assert!(is_timeout(&reply));
            assert_eq!(errors(case), (1, 0));
        } else {
            assert_eq!(reply, Err(Failure::Status(404)), "in place the body's own late error stays");
            assert_eq!(errors(case), (0, 1));
        }
    });
}

#[test]
fn the_error_of_a_hook_is_not_ignored() {
    hooked::each([fail(404)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(401)));
        assert_eq!(errors(case), (1, 0));
    });
}

#[timeout("1s", mode = deadline)]
fn spent(script: &Script) -> Reply {
    pass(secs(2));
    refused::blocking::call(script)
}

/// The timeout inside refuses, because nothing is left of the deadline: nothing is recorded, yet the caller has an error.
#[test]
fn a_refusal_that_says_nothing_of_the_dependency_is_a_failure_of_the_call() {
    let _clock = stopped();
    assert!(is_timeout(&spent(&Script::new([ok(1)]))));
    let refused = registry().inventory();
    let refused = refused.iter().find(|function| function.path() == refused::blocking::NAME).unwrap().stats();
    assert_eq!((refused.failures, refused.ignored), (1, 0));
    assert_eq!(registry().circuit_breaker(refused::blocking::NAME).unwrap().stats().total_failures, 0);
}

#[retry(max_attempts = 2, base_delay = "1ms", jitter = none)]
async fn anywhere(script: &Script) -> Reply {
    script.play_async().await
}

#[test]
fn without_a_runtime_it_waits_all_the_same() {
    let script = Script::new([fail(500), ok(1)]);
    assert_eq!(futures_executor::block_on(anywhere(&script)), Ok(1));
    assert_eq!(script.calls(), 2);
}
