//! The recommended stack, as a whole.

use crate::support::*;
use resilience::{CircuitState, Error, circuit_breaker, fallback, retry, timeout};

both! {
    #[fallback(|_| Ok(77))]
    #[timeout("20s", name = TOTAL)]
    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    #[circuit_breaker(name = NAME, failure_threshold = 5, recovery_timeout = "1m")]
    #[timeout("2s")]
    fn recommended(script);

    #[fallback(|error| {
        errors::remember(&error);
        Err(error)
    })]
    #[timeout("20s", name = TOTAL)]
    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    #[circuit_breaker(name = NAME, failure_threshold = 5, recovery_timeout = "1m")]
    #[timeout("2s")]
    fn telling_its_errors(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "1m")]
    #[fallback(value = 1, when = |e: &Failure| *e == Failure::Status(404))]
    #[timeout("20s", name = TOTAL)]
    #[retry(max_attempts = 2, base_delay = "1s", jitter = none)]
    #[timeout("2s")]
    fn with_the_breaker_on_top(script);

    #[timeout("10s", name = TOTAL)]
    #[fallback(|_| Ok(77))]
    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "1m")]
    #[retry(max_attempts = 2, base_delay = "1s", jitter = none)]
    fn with_the_timeout_on_top(script);
}

const TOTAL: &str = "composition::stack::total";

mod errors {
    use super::*;
    use std::cell::RefCell;

    thread_local! {
        static SEEN: RefCell<Vec<Failure>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn remember(error: &Failure) {
        SEEN.with_borrow_mut(|seen| seen.push(error.clone()));
    }

    pub(super) fn take() -> Vec<Failure> {
        SEEN.take()
    }
}

#[test]
fn each_layer_does_its_part() {
    recommended::each([ok(1)], |case| {
        assert_eq!(case.call(), Ok(1));
        assert_eq!(case.play([fail(500), ok(0).after(secs(3)), ok(2)]), Ok(2), "a failure, a timeout, a success");
        assert_eq!(case.breaker_stats().failure_count, 0);
        let (retry, breaker, limit) = (case.retry().stats(), case.breaker_stats(), case.attempt_timeout().stats());
        assert_eq!((retry.calls, retry.retries, retry.successes_with_retry), (2, 2, 1));
        assert_eq!((breaker.total_successes, breaker.total_failures), (2, 2));
        assert_eq!((limit.completed, limit.timed_out), (3, 1));
        assert_eq!((case.calls(), case.fallback().stats().successes), (4, 0));

        assert_eq!(case.play([fail(500)]), Ok(77), "three failed attempts");
        assert_eq!(case.call(), Ok(77), "two more open the circuit, the last attempt is refused");
        let breaker = case.breaker_stats();
        assert_eq!((breaker.state, breaker.rejected, case.calls()), (CircuitState::Open, 1, 9));
        let before = case.elapsed();
        assert_eq!(case.call(), Ok(77));
        assert_eq!((case.elapsed() - before, case.calls()), (secs(0), 9), "refused at once, and not retried");
        assert_eq!(case.fallback().stats().successes, 3);

        case.advance(secs(60));
        assert_eq!(case.play([ok(3)]), Ok(3), "the probe");
        assert_eq!(case.breaker().state(), CircuitState::Closed);
    });
}

#[test]
fn the_fallback_is_told_the_last_failure() {
    telling_its_errors::each([fail(500), fail(502), fail(503)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(503)));
        let reply = case.play([fail(500), fail(500), ok(0).after(secs(3))]);
        assert!(is_open(&reply), "{reply:?}");
        case.advance(secs(60));
        assert!(is_open(&case.play([ok(0).after(secs(3))])), "the probe timed out, the next attempt was refused");
        let seen = errors::take();
        assert_eq!(seen.len(), 3);
        assert_eq!(seen[0], Failure::Status(503));
        assert!(seen[1..].iter().all(|error| matches!(error, Failure::Refused(Error::CircuitOpen(_)))));
        assert_eq!(case.fallback().stats().failures, 3);
    });
}

#[test]
fn a_breaker_on_top_sees_what_is_left_of_the_failures() {
    with_the_breaker_on_top::each([fail(500), ok(1)], |case| {
        assert_eq!(case.call(), Ok(1));
        assert_eq!(case.play([fail(500), fail(404)]), Ok(1));
        assert_eq!((case.breaker_stats().total_successes, case.breaker_stats().total_failures), (2, 0));
        let _ = case.play([fail(500)]);
        assert!(is_timeout(&case.play([ok(0).after(secs(3))])));
        assert_eq!(case.breaker().state(), CircuitState::Open);
        let calls = case.calls();
        assert!(is_open(&case.call()));
        assert_eq!(case.calls(), calls);
    });
}

#[test]
fn a_timeout_on_top_limits_everything() {
    with_the_timeout_on_top::each([fail(500)], |case| {
        assert_eq!(case.call(), Ok(77));
        assert!(is_timeout(&case.play([ok(0).after(secs(11))])));
        assert_eq!(case.breaker().state(), CircuitState::Open, "a failure, and a time-out");
    });
}
