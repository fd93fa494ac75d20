//! How often the body is called, and what comes back.

use crate::support::*;
use resilience::retry;

both! {
    #[retry]
    fn plain(script);

    #[retry()]
    fn parenthesised(script);

    #[retry(max_attempts = 1)]
    fn never(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    fn different_errors(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    fn counted(script);

    #[retry(max_attempts = LIMIT + 1, base_delay = "1s", jitter = none)]
    fn computed(script);

    #[retry(max_attempts = 10, strategy = constant, base_delay = "2s", jitter = none, max_elapsed = "5s")]
    fn short_of_time(script);

    #[retry(max_attempts = 10, strategy = constant, base_delay = "2s", jitter = none, max_elapsed = "6s")]
    fn just_in_time(script);

    #[retry(max_attempts = 10, strategy = constant, base_delay = "2s", jitter = none, max_elapsed = "5s")]
    fn slow_body(script);

    #[retry(name = "retry::attempts::called_by_a_name", max_attempts = 2, base_delay = "1s")]
    fn called_by_a_name(script);
}

const LIMIT: u32 = 3;

#[test]
fn a_success_is_not_tried_again() {
    plain::each([ok(7)], |case| {
        assert_eq!(case.call(), Ok(7));
        assert_eq!((case.calls(), case.elapsed()), (1, secs(0)));
    });
}

#[test]
fn there_are_three_attempts_by_default() {
    parenthesised::each([fail(500)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(500)));
        assert_eq!(case.calls(), 3);
    });
}

#[test]
fn one_attempt_never_retries() {
    never::each([fail(500), ok(1)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(500)));
        assert_eq!((case.calls(), case.elapsed()), (1, secs(0)));
    });
}

#[test]
fn the_last_error_comes_back_unchanged() {
    different_errors::each([fail(500), fail(502), fail(503)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(503)));
        assert_eq!(case.calls(), 3);
    });
}

#[test]
fn the_number_of_attempts_may_be_a_constant_expression() {
    computed::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(case.calls(), 4);
    });
}

#[test]
fn every_end_of_a_call_is_counted_once() {
    counted::each([ok(1)], |case| {
        assert_eq!(case.play([ok(1)]), Ok(1));
        assert_eq!(case.play([fail(500), ok(2)]), Ok(2));
        assert_eq!(case.play([fail(500), fail(500), ok(3)]), Ok(3));
        assert_eq!(case.play([fail(500)]), Err(Failure::Status(500)));
        let stats = case.retry().stats();
        assert_eq!((stats.calls, stats.retries), (4, 5));
        assert_eq!((stats.successes_without_retry, stats.successes_with_retry), (1, 2));
        assert_eq!((stats.max_attempts_reached, stats.not_retryable, stats.cancelled), (1, 0, 0));
        assert_eq!(stats.backoff, secs(7));
        assert_eq!(case.calls() as u64, stats.calls + stats.retries, "attempts are calls of the body");
    });
}

#[test]
fn no_attempt_starts_past_max_elapsed_and_no_delay_is_slept_past_it() {
    short_of_time::each([fail(500)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(500)));
        assert_eq!(case.script.starts(), [secs(0), secs(2), secs(4)]);
        assert_eq!(case.elapsed(), secs(4), "the last error returns at once");
        assert_eq!(case.retry().stats().max_duration_reached, 1);
    });
}

#[test]
fn an_attempt_may_start_exactly_at_max_elapsed() {
    just_in_time::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(case.script.starts(), [secs(0), secs(2), secs(4), secs(6)]);
    });
}

#[test]
fn the_time_of_the_body_counts_towards_max_elapsed() {
    slow_body::each([fail(500).after(secs(2))], |case| {
        assert_eq!(case.call(), Err(Failure::Status(500)));
        assert_eq!(case.script.starts(), [secs(0), secs(4)]);
        assert_eq!(case.elapsed(), secs(6), "what runs at the limit is not interrupted");
    });
}

#[test]
fn a_retry_may_have_a_name() {
    called_by_a_name::each([fail(500), ok(1)], |case| {
        assert_eq!(case.call(), Ok(1));
        let registry = resilience::registry();
        assert!(registry.retry(case.name).is_none());
        assert!(registry.retry("retry::attempts::called_by_a_name").unwrap().stats().retries >= 1);
    });
}
