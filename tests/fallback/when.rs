//! `when = ..`: a fallback for some failures, and two of them above each other.

use crate::support::*;
use resilience::{circuit_breaker, fallback, retry, timeout};

both! {
    #[fallback(value = 1, when = |e: &Failure| *e == Failure::Status(404))]
    fn only_missing(script);

    #[fallback(value = 1, when = is_missing)]
    fn by_path(script);

    #[fallback(value = 1, when = |e| matches!(e, Failure::Refused(_)))]
    #[circuit_breaker(name = NAME, failure_threshold = 1)]
    fn only_refusals(script);

    #[fallback(value = 1, when = |e: &Failure| matches!(e, Failure::Status(500..=599)))]
    #[fallback(value = 2, when = |e: &Failure| matches!(e, Failure::Status(404)))]
    fn one_for_each(script);

    #[fallback(value = 1)]
    #[fallback(value = 2, when = is_missing)]
    fn with_a_catch_all_on_top(script);

    #[fallback(value = 1, when = |e: &Failure| *e == Failure::Status(999))]
    #[fallback(|_| Err(Failure::Status(999)), when = is_missing)]
    fn one_for_the_failure_of_the_other(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    #[fallback(value = 1, when = is_missing)]
    fn below_a_retry(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2)]
    #[fallback(value = 1, when = is_missing)]
    fn below_a_breaker(script);

    #[fallback(value = 1, when = |_| script.calls() > 1)]
    fn about_an_argument(script);

    #[timeout("5s")]
    #[fallback(value = 1, when = |e: &Failure| matches!(e, Failure::Refused(_)))]
    #[timeout("1s")]
    fn between_two_timeouts(script);
}

fn is_missing(error: &Failure) -> bool {
    *error == Failure::Status(404)
}

#[test]
fn other_failures_pass_unchanged() {
    only_missing::each([fail(404), fail(500)], |case| {
        assert_eq!(case.call(), Ok(1));
        assert_eq!(case.call(), Err(Failure::Status(500)));
        assert_eq!((case.fallback().stats().successes, case.fallback().stats().failures), (1, 0));
    });
    by_path::each([fail(404), fail(500)], |case| {
        assert_eq!(case.call(), Ok(1));
        assert_eq!(case.call(), Err(Failure::Status(500)));
    });
}

#[test]
fn a_condition_may_use_the_arguments() {
    about_an_argument::each([fail(500)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(500)));
        assert_eq!(case.call(), Ok(1));
    });
}

#[test]
fn a_condition_sees_refusals_as_errors_of_the_function() {
    only_refusals::each([fail(500)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(500)));
        assert_eq!(case.call(), Ok(1));
        assert_eq!(case.calls(), 1);
    });
    between_two_timeouts::each([ok(0).after(secs(2))], |case| {
        assert_eq!(case.call(), Ok(1));
        let passed = [case.timeout(), case.attempt_timeout()].map(|limit| limit.stats().timed_out);
        assert_eq!(passed, [0, 1], "two limits, one of which passed");
    });
}

#[test]
fn two_fallbacks_with_different_conditions_share_the_failures() {
    one_for_each::each([fail(500), fail(404), fail(302)], |case| {
        assert_eq!([case.call(), case.call()], [Ok(1), Ok(2)]);
        assert_eq!(case.call(), Err(Failure::Status(302)));
    });
    with_a_catch_all_on_top::each([fail(500), fail(404)], |case| {
        assert_eq!([case.call(), case.call()], [Ok(1), Ok(2)]);
    });
}

#[test]
fn the_upper_fallback_sees_the_failure_of_the_lower() {
    one_for_the_failure_of_the_other::each([fail(404), fail(500)], |case| {
        assert_eq!(case.call(), Ok(1));
        assert_eq!(case.call(), Err(Failure::Status(500)));
        assert_eq!((case.fallback().stats().successes, case.fallback().stats().failures), (1, 1));
    });
}

#[test]
fn a_policy_above_sees_what_the_fallback_made_of_it() {
    below_a_retry::each([fail(500), fail(404)], |case| {
        assert_eq!(case.call(), Ok(1));
        assert_eq!(case.calls(), 2, "the 500 was retried, the 404 was answered");
    });
    below_a_breaker::each([fail(404)], |case| {
        for _ in 0..5 {
            assert_eq!(case.call(), Ok(1));
        }
        assert_eq!(case.breaker_stats().total_successes, 5);
        let _ = case.play([fail(500)]);
        assert_eq!(case.breaker_stats().failure_count, 1);
    });
}
