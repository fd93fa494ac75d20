//! Every pair of layers, in both orders that mean something.

use crate::support::*;
use resilience::{CircuitState, circuit_breaker, fallback, retry, timeout};

both! {
    #[retry(max_attempts = 4, base_delay = "1s", jitter = none)]
    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "1m")]
    fn retry_breaker(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "1m")]
    #[retry(max_attempts = 4, base_delay = "1s", jitter = none)]
    fn breaker_retry(script);

    #[retry(max_attempts = 3, strategy = constant, base_delay = "1s", jitter = none)]
    #[timeout("2s")]
    fn retry_timeout(script);

    #[timeout("5s")]
    #[retry(max_attempts = 10, strategy = constant, base_delay = "1s", jitter = none)]
    fn timeout_retry(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "1m")]
    #[timeout("2s")]
    fn breaker_timeout(script);

    #[timeout("2s")]
    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "1m")]
    fn timeout_breaker(script);

    #[fallback(|_| Ok(77))]
    #[retry(max_attempts = 2, base_delay = "1s", jitter = none)]
    fn fallback_retry(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    #[fallback(value = 77, when = is_missing)]
    fn retry_fallback(script);

    #[fallback(|_| Ok(77))]
    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "1m")]
    fn fallback_breaker(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "1m")]
    #[fallback(value = 77, when = is_missing)]
    fn breaker_fallback(script);

    #[fallback(|_| Ok(77))]
    #[timeout("2s")]
    fn fallback_timeout(script);

    #[timeout("2s")]
    #[fallback(|_| script.play())]
    fn timeout_fallback(script);

    #[timeout("5s", name = TOTAL)]
    #[timeout("2s")]
    fn timeout_timeout(script);
}

const TOTAL: &str = "composition::pairs::total";

fn is_missing(error: &Failure) -> bool {
    *error == Failure::Status(404)
}

#[test]
fn a_breaker_below_a_retry_counts_attempts() {
    retry_breaker::each([fail(500)], |case| {
        assert!(is_open(&case.call()), "the third attempt was refused, which ended the retry");
        assert_eq!(case.script.starts(), [secs(0), secs(1)]);
        let (retry, breaker) = (case.retry().stats(), case.breaker_stats());
        assert_eq!((breaker.total_calls, breaker.total_failures, breaker.rejected), (3, 2, 1));
        assert_eq!((retry.calls, retry.retries, retry.not_retryable), (1, 2, 1));
        assert_eq!(case.breaker().state(), CircuitState::Open);
    });
}

#[test]
fn a_breaker_above_a_retry_counts_calls() {
    breaker_retry::each([fail(500)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(500)));
        assert_eq!((case.calls(), case.breaker_stats().failure_count), (4, 1));
        assert_eq!(case.call(), Err(Failure::Status(500)));
        assert!(is_open(&case.call()));
        let (retry, breaker) = (case.retry().stats(), case.breaker_stats());
        assert_eq!((case.calls(), breaker.total_failures, breaker.rejected), (8, 2, 1));
        assert_eq!((retry.calls, retry.retries, retry.max_attempts_reached), (2, 6, 2), "the refused call had none");
    });
    breaker_retry::each([fail(500), fail(500), ok(1)], |case| {
        case.breaker().reset();
        assert_eq!(case.call(), Ok(1));
        assert_eq!(case.breaker_stats().failure_count, 0, "what the retry made good is no failure");
    });
}

#[test]
fn a_timeout_below_a_retry_limits_each_attempt() {
    retry_timeout::each([hang_for(9), fail(500), ok(1).after(secs(1))], |case| {
        assert_eq!(case.call(), Ok(1));
        let stats = case.timeout().stats();
        assert_eq!((stats.timed_out, stats.completed), (1, 2));
        assert_eq!(case.retry().stats().successes_with_retry, 1);
        // In place a body is not interrupted.
        let first = if case.is_async() { secs(2) } else { secs(9) };
        assert_eq!(case.script.starts(), [secs(0), first + secs(1), first + secs(2)]);
    });
    retry_timeout::each([hang_for(9)], |case| {
        assert!(is_timeout(&case.call()), "the last failure comes back");
        assert_eq!(case.calls(), 3);
    });
}

#[test]
fn a_timeout_above_a_retry_limits_all_attempts() {
    timeout_retry::each([fail(500).after(millis(900))], |case| {
        assert_eq!(case.call(), Err(Failure::Status(500)), "no delay is slept for an attempt that starts too late");
        assert_eq!(case.script.starts(), [secs(0), millis(1900), millis(3800)]);
        assert_eq!(case.elapsed(), millis(4700));
    });
    timeout_retry::each([fail(500), hang_for(9)], |case| {
        assert!(is_timeout(&case.call()));
        assert_eq!(case.calls(), 2);
        assert_eq!(case.elapsed(), if case.is_async() { secs(5) } else { secs(10) });
    });
}

#[test]
fn a_timeout_below_a_breaker_is_a_failure() {
    breaker_timeout::each([hang_for(9)], |case| {
        assert!(is_timeout(&case.call()));
        assert!(is_timeout(&case.call()));
        assert!(is_open(&case.call()));
        let breaker = case.breaker_stats();
        assert_eq!((breaker.total_failures, breaker.cancelled, breaker.rejected), (2, 0, 1));
        assert_eq!((case.timeout().stats().timed_out, case.calls()), (2, 2));
    });
}

#[test]
fn a_timeout_above_a_breaker_is_a_failure_too() {
    timeout_breaker::each([hang_for(9)], |case| {
        assert!(is_timeout(&case.call()));
        let first = case.breaker_stats();
        assert_eq!((first.total_failures, first.cancelled), (1, 0));
        assert!(is_timeout(&case.call()));
        assert!(is_open(&case.call()), "a hung dependency opens it");
        assert_eq!((case.breaker_stats().total_failures, case.calls()), (2, 2));
        assert_eq!(case.timeout().stats().completed, 1, "a refusal is an answer in time");
    });
}

#[test]
fn a_fallback_above_answers_for_what_the_retry_could_not_mend() {
    fallback_retry::each([fail(500), fail(500), fail(500), ok(1)], |case| {
        assert_eq!(case.call(), Ok(77));
        assert_eq!(case.call(), Ok(1));
        assert_eq!((case.calls(), case.fallback().stats().successes), (4, 1));
        assert_eq!(case.retry().stats().max_attempts_reached, 1);
    });
}

#[test]
fn a_fallback_below_a_retry_answers_before_it() {
    retry_fallback::each([fail(500), fail(404)], |case| {
        assert_eq!(case.call(), Ok(77));
        assert_eq!((case.calls(), case.retry().stats().successes_with_retry), (2, 1));
    });
}

#[test]
fn a_fallback_above_a_breaker_answers_for_failures_and_refusals() {
    fallback_breaker::each([fail(500)], |case| {
        assert_eq!([case.call(), case.call(), case.call(), case.call()], [Ok(77), Ok(77), Ok(77), Ok(77)]);
        let breaker = case.breaker_stats();
        assert_eq!((case.calls(), breaker.total_failures, breaker.rejected), (2, 2, 2));
        assert_eq!(case.fallback().stats().successes, 4);
    });
}

#[test]
fn a_fallback_below_a_breaker_hides_its_failures_from_it() {
    breaker_fallback::each([fail(404), fail(404), fail(500), fail(500)], |case| {
        assert_eq!([case.call(), case.call()], [Ok(77), Ok(77)]);
        assert_eq!(case.breaker_stats().total_successes, 2);
        let _ = case.call();
        let _ = case.call();
        assert!(is_open(&case.call()));
        assert_eq!(case.fallback().stats().successes, 2);
    });
}

#[test]
fn a_fallback_above_a_timeout_has_time_of_its_own() {
    fallback_timeout::each([hang_for(9), fail(500)], |case| {
        assert_eq!([case.call(), case.call()], [Ok(77), Ok(77)]);
        assert_eq!((case.timeout().stats().timed_out, case.fallback().stats().successes), (1, 2));
    });
}

#[test]
fn a_fallback_below_a_timeout_is_limited_with_the_body() {
    // The fallback is a sync call in both worlds: it cannot be interrupted, but it can be late.
    timeout_fallback::each([ok(0)], |case| {
        assert_eq!(case.play([fail(500), ok(77)]), Ok(77));
        assert_eq!(case.fallback().stats().successes, 1);
        assert!(is_timeout(&case.play([hang_for(9)])));
        assert_eq!(case.timeout().stats().timed_out, 1);
        assert_eq!(case.fallback().stats().successes, 1, "the limit passed in the body");
    });
}

#[test]
fn the_nearer_of_two_timeouts_limits_a_call() {
    timeout_timeout::each([hang_for(3)], |case| {
        let reply = case.call();
        let Err(Failure::Refused(refusal)) = &reply else { panic!("{reply:?}") };
        assert_eq!(refusal.name(), format!("{}/attempt", case.name), "the inner one");
        assert_eq!(case.attempt_timeout().stats().timed_out, 1);
    });
}

const fn hang_for(seconds: u64) -> Step {
    ok(0).after(secs(seconds))
}
