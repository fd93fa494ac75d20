//! What opens a breaker.

use crate::support::*;
use crate::{conserved, state};
use resilience::circuit_breaker;

both! {
    #[circuit_breaker(name = NAME, failure_threshold = 3)]
    fn in_a_row(script);

    #[circuit_breaker(name = NAME, failure_threshold = 3, failure_window = "10s")]
    fn within_a_time(script);

    #[circuit_breaker(name = NAME, failure_threshold = 3, failure_window = "10s")]
    fn within_a_time_with_successes(script);

    #[circuit_breaker(name = NAME, failure_rate = 0.5, window = 10)]
    fn half_of_ten(script);

    #[circuit_breaker(name = NAME, failure_rate = 0.07, window = 100)]
    fn seven_of_a_hundred(script);

    #[circuit_breaker(name = NAME, failure_rate = 0.5, window = 10, minimum_calls = 4)]
    fn after_four_calls(script);

    #[circuit_breaker(name = NAME, failure_rate = 0.5, window = 4)]
    fn sliding(script);

    #[circuit_breaker(name = NAME, failure_rate = 0.5, window = "10s", minimum_calls = 2)]
    fn rate_within_a_time(script);

    #[circuit_breaker(name = NAME, failure_rate = 0.5, window = "10s")]
    fn rate_within_a_time_by_default(script);

    #[circuit_breaker(name = NAME, failure_rate = 0.5)]
    fn rate_by_default(script);

    #[circuit_breaker(name = NAME, failure_rate = 0.9, window = 10, failure_threshold = 2)]
    fn rate_and_threshold(script);

    #[circuit_breaker(name = NAME, failure_rate = 1.0, window = 2)]
    fn nothing_but_failures(script);
}

#[test]
fn a_success_starts_the_count_anew() {
    in_a_row::each([ok(1)], |case| {
        for _ in 0..5 {
            let _ = case.play([fail(500)]);
            let _ = case.call();
            assert_eq!(case.breaker_stats().failure_count, 2);
            let _ = case.play([ok(1)]);
        }
        assert_eq!(state(case), "closed");
        let _ = case.play([fail(500)]);
        let _ = case.call();
        let _ = case.call();
        assert_eq!(state(case), "open");
        conserved(case);
    });
}

#[test]
fn failures_that_are_too_far_apart_do_not_open() {
    within_a_time::each([fail(500)], |case| {
        for _ in 0..6 {
            let _ = case.call();
            case.advance(secs(5));
        }
        assert_eq!((state(case), case.calls()), ("closed", 6), "the first of three is 10 s old");
        let _ = case.call();
        case.advance(secs(1));
        let _ = case.call();
        assert_eq!(state(case), "open");
    });
}

#[test]
fn successes_in_between_do_not_help_within_a_time() {
    within_a_time_with_successes::each([fail(500), ok(1), fail(500), ok(1), fail(500)], |case| {
        for _ in 0..5 {
            let _ = case.call();
        }
        assert_eq!(state(case), "open");
    });
}

#[test]
fn a_rate_opens_when_it_is_reached_and_not_before() {
    half_of_ten::each([fail(500), fail(500), fail(500), fail(500), ok(1)], |case| {
        for _ in 0..10 {
            let _ = case.call();
        }
        assert_eq!((state(case), case.breaker_stats().failure_rate), ("closed", 0.4));
        let _ = case.play([fail(500)]);
        assert_eq!(state(case), "closed", "one left the window, one came");
        let _ = case.call();
        let _ = case.call();
        let _ = case.call();
        assert_eq!(state(case), "closed", "the first four have left");
        let _ = case.call();
        assert_eq!((state(case), case.breaker_stats().failure_rate), ("open", 0.5));
        conserved(case);
    });
}

#[test]
fn seven_failures_of_a_hundred_are_seven_percent() {
    seven_of_a_hundred::each([fail(500)], |case| {
        for _ in 0..7 {
            let _ = case.call();
        }
        case.script.then([ok(1)]);
        for _ in 0..92 {
            let _ = case.call();
        }
        assert_eq!(state(case), "closed", "the window is not full");
        let _ = case.call();
        assert_eq!(state(case), "open");
    });
}

#[test]
fn a_rate_is_silent_below_the_minimum_of_calls() {
    after_four_calls::each([fail(500)], |case| {
        for _ in 0..3 {
            let _ = case.call();
        }
        assert_eq!(state(case), "closed");
        let _ = case.play([ok(1)]);
        assert_eq!((state(case), case.breaker_stats().failure_rate), ("open", 0.75), "a success completed the window");
    });
}

#[test]
fn a_window_of_calls_forgets_the_oldest() {
    sliding::each([fail(500), ok(1), ok(1), ok(1), fail(500), ok(1), ok(1), fail(500)], |case| {
        for _ in 0..8 {
            let _ = case.call();
            assert!(case.breaker_stats().failure_rate <= 1.0);
        }
        assert_eq!(state(case), "open", "two of the last four");
        assert_eq!(case.calls(), 8);
    });
}

#[test]
fn a_window_of_time_forgets_what_is_older() {
    rate_within_a_time::each([fail(500), ok(1)], |case| {
        let _ = case.call();
        case.advance(secs(11));
        let _ = case.call();
        let _ = case.call();
        assert_eq!((state(case), case.breaker_stats().failure_rate), ("closed", 0.0), "the failure is too old");
        let _ = case.play([fail(500)]);
        let _ = case.call();
        assert_eq!(state(case), "open");
    });
}

#[test]
fn a_window_of_time_asks_for_a_hundred_calls_by_default() {
    rate_within_a_time_by_default::each([fail(500)], |case| {
        for _ in 0..99 {
            let _ = case.call();
        }
        assert_eq!(state(case), "closed");
        let _ = case.call();
        assert_eq!(state(case), "open");
    });
}

#[test]
fn a_rate_switches_the_default_threshold_off() {
    rate_by_default::each([fail(500)], |case| {
        for _ in 0..99 {
            let _ = case.call();
        }
        let stats = case.breaker_stats();
        assert_eq!((state(case), stats.failure_threshold, stats.failure_count), ("closed", None, 99));
        let _ = case.call();
        assert_eq!(state(case), "open");
    });
}

#[test]
fn a_threshold_beside_a_rate_works_on() {
    rate_and_threshold::each([fail(500)], |case| {
        let _ = case.call();
        let _ = case.call();
        assert_eq!(state(case), "open");
    });
}

#[test]
fn a_rate_of_one_needs_nothing_but_failures() {
    nothing_but_failures::each([fail(500), ok(1), fail(500), fail(500)], |case| {
        for expected in ["closed", "closed", "closed", "open"] {
            let _ = case.call();
            assert_eq!(state(case), expected);
        }
    });
}
