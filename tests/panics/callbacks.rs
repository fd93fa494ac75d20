//! Panics of predicates, hooks, fallbacks and expressions of the user.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::support::*;
use crate::{breaker, calls_of, conserved};
use resilience::{CircuitState, circuit_breaker, fallback, retry, timeout};

/// Panics for the one error that asks for it.
fn fragile(error: &Failure) -> bool {
    assert_ne!(*error, Failure::Status(666), "fragile");
    true
}

fn fragile_hook(_attempt: u32, error: &Failure) {
    fragile(error);
}

fn fragile_value(value: &u32) -> bool {
    assert_ne!(*value, 666, "fragile");
    false
}

both! {
    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, retry_if = fragile)]
    #[circuit_breaker(name = NAME, failure_threshold = 100)]
    fn retry_if(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, abort_if = |e: &Failure| !fragile(e))]
    fn abort_if(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, retry_if_result = fragile_value)]
    fn retry_if_result(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, retry_after = |e: &Failure| { fragile(e); None })]
    fn retry_after(script);

    #[fallback(|_| Ok(77))]
    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, before_retry = fragile_hook)]
    #[circuit_breaker(name = NAME, failure_threshold = 100)]
    fn before_retry(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = "10s", failure_if = fragile)]
    #[timeout("1m")]
    fn failure_if(script);

    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = "10s", ignore_if = |e: &Failure| !fragile(e))]
    fn ignore_if(script);

    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = "10s", failure_if_result = fragile_value)]
    fn failure_if_result(script);

    #[fallback(|error| { fragile(&error); Ok(77) })]
    #[retry(max_attempts = 2, base_delay = "1s", jitter = none)]
    fn falling_back(script);

    #[fallback(value = 77, when = fragile)]
    fn when(script);

    #[circuit_breaker(name = NAME, key = { fragile_value(&(script.calls() as u32 * 666)); "key" }, failure_threshold = 100)]
    fn key(script);

    #[retry(max_attempts = 2, base_delay = "1s")]
    #[timeout(limit(script))]
    fn duration(script);
}

fn limit(script: &Script) -> std::time::Duration {
    fragile_value(&(script.calls() as u32 * 666));
    secs(1)
}

/// The panic arrives, is counted as a failed call, and the next call works.
fn survives(case: &Case, poison: Step) {
    case.script.then([poison]);
    let text = case.caught();
    assert!(text.contains("fragile"), "{text}");
    assert_eq!((calls_of(case.name).failures, calls_of(case.name).calls), (1, 1));
    conserved(case);
    assert_eq!(case.play([ok(1)]), Ok(1));
    conserved(case);
}

#[test]
fn of_retry_if() {
    retry_if::each([ok(1)], |case| {
        survives(case, fail(666));
        assert_eq!(case.breaker_stats().total_failures, 1, "the breaker below has judged");
        assert_eq!(case.retry().stats().not_retryable, 1);
    });
}

#[test]
fn of_the_other_predicates_of_a_retry() {
    abort_if::each([ok(1)], |case| survives(case, fail(666)));
    retry_if_result::each([ok(1)], |case| survives(case, ok(666)));
    retry_after::each([ok(1)], |case| survives(case, fail(666)));
}

#[test]
fn of_before_retry() {
    before_retry::each([ok(1)], |case| {
        survives(case, fail(666));
        assert_eq!(case.fallback().stats().successes, 0, "a panic of a hook is no failure to fall back from");
        assert_eq!(case.breaker_stats().total_failures, 1);
    });
}

#[test]
fn of_the_predicates_of_a_breaker() {
    failure_if::each([ok(1)], |case| {
        case.script.then([fail(666)]);
        assert!(case.caught().contains("fragile"));
        let stats = case.breaker_stats();
        assert_eq!((stats.state, stats.total_failures, stats.total_calls), (CircuitState::Open, 1, 1));
        conserved(case);
        // As a probe, too: its place comes back.
        case.advance(secs(10));
        case.script.then([fail(666)]);
        assert!(case.caught().contains("fragile"));
        case.advance(secs(10));
        assert_eq!(case.play([ok(1)]), Ok(1));
        conserved(case);
    });
    ignore_if::each([fail(666)], |case| {
        assert!(case.caught().contains("fragile"));
        assert_eq!((case.breaker().state(), case.breaker_stats().total_failures), (CircuitState::Open, 1));
        case.advance(secs(10));
        assert_eq!(case.play([ok(1)]), Ok(1));
        conserved(case);
    });
    failure_if_result::each([ok(666)], |case| {
        assert!(case.caught().contains("fragile"));
        case.advance(secs(10));
        assert_eq!(case.play([ok(1)]), Ok(1));
        conserved(case);
    });
}

#[test]
fn of_a_fallback() {
    falling_back::each([ok(1)], |case| {
        survives(case, fail(666));
        assert_eq!((case.fallback().stats().successes, case.fallback().stats().failures), (0, 1));
        assert_eq!(calls_of(case.name).fell_back, 1);
        assert_eq!(case.play([fail(500)]), Ok(77));
    });
    when::each([ok(1)], |case| {
        survives(case, fail(666));
        assert_eq!((case.fallback().stats().successes, case.fallback().stats().failures), (0, 0), "it did not run");
    });
}

#[test]
fn of_a_key() {
    key::each([ok(1)], |case| {
        assert_eq!(case.call(), Ok(1));
        assert!(case.caught().contains("fragile"), "the body has run once, now the key panics");
        let calls = calls_of(case.name);
        assert_eq!((calls.successes, calls.failures, calls.in_flight, case.calls()), (1, 1, 0, 1));
        let stats = breaker(&format!("{}[key]", case.name)).stats();
        assert_eq!((stats.total_calls, stats.total_successes), (1, 1));
        assert_eq!(case.call_with(&Script::new([ok(2)])), Ok(2));
    });
}

#[test]
fn of_an_expression_for_a_duration() {
    duration::each([ok(1)], |case| {
        assert_eq!(case.call(), Ok(1));
        assert!(case.caught().contains("fragile"));
        conserved(case);
        assert_eq!(calls_of(case.name).failures, 1);
    });
}

/// An error that cannot be shown: the log asks for its text.
#[derive(Clone, Copy)]
struct Unspeakable;

impl std::fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("unspeakable")
    }
}

#[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
fn unspeakable(script: &Script) -> Result<u32, Unspeakable> {
    script.play().map_err(|_| Unspeakable)
}

#[test]
fn of_an_error_that_cannot_be_shown_is_the_errors_own_business() {
    let _clock = stopped();
    let script = Script::new([fail(500)]);
    let outcome = catch_unwind(AssertUnwindSafe(|| unspeakable(&script).is_err()));
    assert!(outcome.unwrap_or(true), "an error, or its own panic");
    script.then([ok(1)]);
    assert!(matches!(unspeakable(&script), Ok(1)));
    let calls = calls_of(concat!(module_path!(), "::unspeakable"));
    assert_eq!((calls.in_flight, calls.calls, calls.successes, calls.failures), (0, 2, 1, 1));
}
