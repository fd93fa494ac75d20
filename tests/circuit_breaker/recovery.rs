//! The way back: recovery timeout, probes one after another, closing and reopening.

use crate::support::*;
use crate::{conserved, state};
use resilience::circuit_breaker;

both! {
    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = "10s")]
    fn reopening(script);

    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = "10s", max_recovery_timeout = "30s")]
    fn doubling(script);

    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = "10s", success_threshold = 3)]
    fn three_successes(script);

    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = "10s", success_threshold = 3)]
    fn two_and_a_failure(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "10s")]
    fn with_a_clean_window(script);

    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = HALF_A_MINUTE / 3)]
    fn computed(script);

    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = "10s")]
    fn panicking(script);
}

const HALF_A_MINUTE: std::time::Duration = secs(30);

#[test]
fn a_failed_probe_opens_for_the_same_time_again() {
    reopening::each([fail(500)], |case| {
        for opened in 0..4 {
            let _ = case.call();
            assert_eq!(case.calls(), 1 + opened);
            assert_eq!(case.breaker_stats().retry_after, Some(secs(10)));
            assert!(is_open(&case.call()));
            case.advance(secs(10));
        }
        conserved(case);
    });
}

#[test]
fn the_open_time_doubles_with_each_failed_probe_up_to_the_maximum() {
    doubling::each([fail(500)], |case| {
        for open_for in [10, 20, 30, 30] {
            let _ = case.call();
            assert_eq!(case.breaker_stats().retry_after, Some(secs(open_for)));
            case.advance(secs(open_for) - millis(1));
            assert!(is_open(&case.call()));
            case.advance(millis(1));
        }
        assert_eq!(case.play([ok(1)]), Ok(1));
        assert_eq!(state(case), "closed");
        let _ = case.play([fail(500)]);
        assert_eq!(case.breaker_stats().retry_after, Some(secs(10)), "a recovery starts the doubling anew");
    });
}

#[test]
fn as_many_probes_as_the_threshold_says_close() {
    three_successes::each([fail(500)], |case| {
        let _ = case.call();
        case.advance(secs(10));
        case.script.then([ok(1)]);
        for successes in 0..3 {
            let stats = case.breaker_stats();
            assert_eq!((state(case), stats.success_count, stats.success_threshold), ("half_open", successes, 3));
            assert_eq!(case.call(), Ok(1));
        }
        assert_eq!((state(case), case.breaker_stats().success_count), ("closed", 0));
    });
}

#[test]
fn one_failed_probe_reopens_whatever_succeeded_before() {
    two_and_a_failure::each([fail(500)], |case| {
        let _ = case.call();
        case.advance(secs(10));
        let _ = case.play([ok(1)]);
        let _ = case.call();
        let _ = case.play([fail(500)]);
        assert_eq!(state(case), "open");
        case.advance(secs(10));
        let _ = case.play([ok(1)]);
        assert_eq!((state(case), case.breaker_stats().success_count), ("half_open", 1), "the count began anew");
    });
}

#[test]
fn a_closed_breaker_has_forgotten_what_opened_it() {
    with_a_clean_window::each([fail(500)], |case| {
        let _ = case.call();
        let _ = case.call();
        case.advance(secs(10));
        let _ = case.play([ok(1)]);
        let _ = case.play([fail(500)]);
        assert_eq!((state(case), case.breaker_stats().failure_count), ("closed", 1));
        let _ = case.call();
        assert_eq!(state(case), "open");
    });
}

#[test]
fn a_recovery_timeout_may_be_computed() {
    computed::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(case.breaker_stats().retry_after, Some(secs(10)));
    });
}

#[test]
fn a_probe_that_panics_reopens() {
    panicking::each([fail(500)], |case| {
        let _ = case.call();
        case.advance(secs(10));
        case.script.then([panics("boom")]);
        assert_eq!(case.caught(), "boom");
        assert_eq!((state(case), case.breaker_stats().total_failures), ("open", 2));
        case.advance(secs(10));
        assert_eq!(case.play([ok(1)]), Ok(1));
    });
}
