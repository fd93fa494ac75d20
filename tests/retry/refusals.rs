//! What an inner policy refused.

use crate::support::*;
use resilience::{Error, circuit_breaker, retry, timeout};

both! {
    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    #[timeout("2s")]
    fn timed_out_once(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = "10s")]
    fn not_when_open(script);

    #[retry(max_attempts = 4, base_delay = "1s", jitter = none, retry_on_open = true)]
    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = "10s")]
    fn waiting_for_the_probe(script);

    #[retry(max_attempts = 4, base_delay = "15s", max_delay = "1m", jitter = none, retry_on_open = true)]
    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = "10s")]
    fn with_a_longer_delay(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, idempotent = false)]
    fn once_only(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, idempotent = false, retry_if_result = |v: &u32| *v == 202)]
    fn once_only_for_values(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, idempotent = false)]
    #[timeout("2s")]
    fn once_only_under_a_limit(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, idempotent = false, retry_on_open = true)]
    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = "10s")]
    fn once_only_unless_open(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, idempotent = true)]
    fn stated_as_idempotent(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, retry_if = |_: &Failure| false)]
    #[timeout("2s")]
    fn picking_errors(script);
}

#[test]
fn a_timeout_of_an_attempt_is_retried() {
    timed_out_once::each([hang(), ok(1)], |case| {
        assert_eq!(case.call(), Ok(1));
        assert_eq!(case.calls(), 2);
        let stats = case.timeout().stats();
        assert_eq!((stats.timed_out, stats.completed), (1, 1));
    });
}

#[test]
fn an_open_circuit_is_not_retried() {
    not_when_open::each([fail(500)], |case| {
        let reply = case.call();
        assert!(is_open(&reply), "{reply:?}");
        assert_eq!(case.script.starts(), [secs(0)], "the retry after the failure met the open circuit");
        assert_eq!(case.elapsed(), secs(1), "which was the end of it");
        assert_eq!(case.breaker_stats().rejected, 1);
    });
}

#[test]
fn retry_on_open_waits_for_the_probe() {
    waiting_for_the_probe::each([fail(500), ok(1)], |case| {
        assert_eq!(case.call(), Ok(1));
        let probe = case.script.starts()[1];
        // Its hint came one second after it had opened.
        assert!((secs(10)..=millis(10_901)).contains(&probe), "up to a tenth of the hint is on top: {probe:?}");
        assert_eq!(case.retry().stats().retries, 2, "one met the open circuit, one was the probe");
        assert_eq!(case.breaker_stats().rejected, 1);
    });
}

#[test]
fn retry_on_open_waits_no_less_than_its_own_delay() {
    with_a_longer_delay::each([fail(500), ok(1)], |case| {
        assert_eq!(case.call(), Ok(1));
        assert_eq!(case.script.starts(), [secs(0), secs(15)]);
        assert_eq!(case.breaker_stats().rejected, 0);
    });
}

#[test]
fn a_body_that_must_not_run_twice_runs_once() {
    once_only::each([fail(500), ok(1)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(500)));
        assert_eq!(case.calls(), 1);
        assert_eq!(case.retry().stats().not_retryable, 1);
    });
    once_only_for_values::each([ok(202), ok(200)], |case| {
        assert_eq!(case.call(), Ok(202));
        assert_eq!(case.calls(), 1);
    });
    once_only_under_a_limit::each([hang(), ok(1)], |case| {
        assert!(is_timeout(&case.call()), "it may have done its work");
        assert_eq!(case.calls(), 1);
    });
}

#[test]
fn a_body_that_must_not_run_twice_is_retried_after_a_refusal() {
    once_only_unless_open::each([fail(500), ok(1)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(500)));
        assert_eq!(case.call(), Ok(1), "the open circuit refused before the body ran");
        let probe = case.script.starts()[1];
        assert!((secs(10)..=millis(11_001)).contains(&probe), "{probe:?}");
    });
}

#[test]
fn a_stated_default_changes_nothing() {
    stated_as_idempotent::each([fail(500), ok(1)], |case| assert_eq!(case.call(), Ok(1)));
}

#[test]
fn retry_if_is_about_errors_of_the_body_and_not_about_refusals() {
    picking_errors::each([hang(), fail(500)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(500)));
        assert_eq!(case.calls(), 2);
    });
}

/// A limiter written by hand refuses with the crate's own error.
#[retry(max_attempts = 2, base_delay = "1s", jitter = none, retry_after = Error::retry_after)]
fn behind_a_limiter(script: &Script) -> Result<u32, Error> {
    script.play().map_err(|_| Error::rate_limited("limiter", Some(secs(20))))
}

#[test]
fn a_hand_written_limiter_says_when_to_come_back() {
    let _clock = stopped();
    let script = Script::new([fail(429), ok(1)]);
    assert_eq!(behind_a_limiter(&script), Ok(1));
    assert!((secs(20)..=secs(22)).contains(&script.starts()[1]));
}
