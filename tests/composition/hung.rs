//! A dependency that hangs under an outer limit: every policy inside learns of it.

use crate::support::*;
use resilience::{CircuitState, circuit_breaker, fallback, retry, timeout};

both! {
    #[timeout("10s")]
    #[retry(max_attempts = 5, base_delay = "1s", jitter = none)]
    #[circuit_breaker(name = NAME, failure_threshold = 2)]
    fn through_a_retry(script);

    #[timeout("2s")]
    #[fallback(value = 7, when = |e: &Failure| *e == Failure::Status(404))]
    #[circuit_breaker(name = NAME, failure_threshold = 1)]
    fn through_a_fallback(script);

    #[timeout("2s", name = OUTER)]
    #[circuit_breaker(name = NAME, failure_threshold = 1)]
    #[timeout("1h")]
    fn over_a_generous_limit(script);

    #[fallback(|_| Ok(77))]
    #[timeout("2s")]
    #[circuit_breaker(name = NAME, failure_threshold = 1, ignore_if = |_: &Failure| true)]
    fn whatever_errors_are_ignored(script);

    #[timeout("2s")]
    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = "10s")]
    fn as_a_probe(script);
}

const OUTER: &str = "composition::hung::outer";

#[test]
fn the_breaker_opens_through_a_retry() {
    through_a_retry::each([fail(500), hang()], |case| {
        assert!(is_timeout(&case.call()));
        let breaker = case.breaker_stats();
        assert_eq!((breaker.state, breaker.total_failures, breaker.cancelled), (CircuitState::Open, 2, 0));
        assert_eq!(case.retry().stats().calls, 1);
        assert!(is_open(&case.call()));
    });
}

#[test]
fn the_breaker_opens_through_a_fallback() {
    through_a_fallback::each([hang()], |case| {
        assert!(is_timeout(&case.call()));
        assert_eq!(case.breaker().state(), CircuitState::Open);
        assert!(is_open(&case.call()));
    });
}

#[test]
fn the_breaker_opens_whichever_limit_passed() {
    over_a_generous_limit::each([hang()], |case| {
        assert!(is_timeout(&case.call()));
        assert_eq!(case.breaker().state(), CircuitState::Open);
        let stats = case.attempt_timeout().stats();
        // Nothing interrupts a sync body: it lasts the hour.
        let dropped = u64::from(case.is_async());
        assert_eq!((stats.timed_out, stats.cancelled), (1 - dropped, dropped), "each limit counts its own end");
        let outer = resilience::registry().timeout(OUTER).unwrap().stats();
        assert_eq!(outer.timed_out, 1 + dropped, "in the sync world, and then here");
    });
}

#[test]
fn a_time_out_is_no_error_that_could_be_ignored() {
    whatever_errors_are_ignored::each([hang(), fail(500)], |case| {
        assert_eq!(case.call(), Ok(77));
        assert_eq!(case.breaker().state(), CircuitState::Open);
        case.breaker().reset();
        assert_eq!(case.call(), Ok(77));
        assert_eq!((case.breaker_stats().ignored, case.breaker_stats().total_failures), (1, 1));
    });
}

#[test]
fn a_probe_that_hangs_reopens_and_frees_its_place() {
    as_a_probe::each([hang()], |case| {
        assert!(is_timeout(&case.call()));
        for _ in 0..3 {
            case.advance(secs(10));
            assert!(is_timeout(&case.call()), "a probe");
            assert_eq!(case.breaker().state(), CircuitState::Open);
        }
        case.advance(secs(10));
        assert_eq!(case.play([ok(1)]), Ok(1));
        assert_eq!(case.breaker().state(), CircuitState::Closed);
        assert_eq!(case.breaker_stats().total_failures, 4);
    });
}
