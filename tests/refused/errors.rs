//! Error types that a refusal cannot be converted into, and those that it could be.

use std::cell::Cell;

use crate::support::*;
use resilience::{Error, circuit_breaker, retry, timeout};

/// An error type of another crate: nobody here can give it a `From`.
#[derive(Debug, PartialEq)]
struct Status(u16, String);

impl Status {
    fn of(failure: &Failure) -> Self {
        Self(500, format!("{failure:?}"))
    }
}

#[timeout("1s", refused = |e: Error| Status(503, e.to_string()))]
async fn limited(script: &Script) -> Result<u32, Status> {
    script.play_async().await.map_err(|failure| Status::of(&failure))
}

#[circuit_breaker(name = "refused::errors::guarded", failure_threshold = 1, refused = |e| Status(503, e.name().to_owned()))]
fn guarded(script: &Script) -> Result<u32, Status> {
    script.play().map_err(|failure| Status::of(&failure))
}

#[tokio::test(start_paused = true)]
async fn a_refusal_becomes_what_the_closure_says() {
    let script = Script::new([hang()]);
    assert_eq!(limited(&script).await, Err(Status(503, "`refused::errors::limited` timed out after 1s".to_owned())));
    let script = Script::new([fail(500)]);
    assert_eq!(guarded(&script), Err(Status::of(&Failure::Status(500))), "the body's own error is not touched");
    assert_eq!(guarded(&script), Err(Status(503, "refused::errors::guarded".to_owned())));
    assert_eq!(script.calls(), 1);
}

both! {
    #[circuit_breaker(name = NAME, failure_threshold = 1)]
    #[timeout("1s", refused = |error| Failure::Status(if error.is_retryable() { 504 } else { 503 }))]
    fn with_from_as_well(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, refused = |_| Failure::Status(1))]
    #[circuit_breaker(name = NAME, failure_threshold = 2)]
    #[timeout("1s")]
    fn under_a_retry(script);

    #[timeout("1m", refused = |_| Failure::Status(2))]
    #[retry(max_attempts = 2, base_delay = "1s", jitter = none)]
    #[timeout("1s")]
    fn total_and_attempt(script);
}

#[test]
fn it_is_used_instead_of_from() {
    with_from_as_well::each([hang()], |case| {
        let first = case.call();
        assert_eq!(first, Err(Failure::Status(504)), "timed out");
        assert_eq!(case.call(), Err(Failure::Status(503)), "the circuit is open");
        assert_eq!(case.calls(), 1);
        assert_eq!((case.timeout().stats().timed_out, case.breaker_stats().rejected), (1, 1));
    });
    with_from_as_well::each([fail(500)], |case| {
        case.breaker().reset();
        assert_eq!(case.call(), Err(Failure::Status(500)), "the body's own error is not touched");
    });
}

#[test]
fn the_policies_above_see_the_refusal_itself() {
    under_a_retry::each([hang()], |case| {
        assert_eq!(case.call(), Err(Failure::Status(1)));
        assert_eq!(case.calls(), 2, "a time-out is retried, and the open circuit is not");
        let stats = case.retry().stats();
        assert_eq!((stats.retries, stats.not_retryable), (2, 1));
    });
    total_and_attempt::each([ok(0).after(secs(5)), ok(7)], |case| {
        assert_eq!(case.call(), Ok(7), "the limit of an attempt is retried");
    });
    total_and_attempt::each([hang()], |case| assert_eq!(case.call(), Err(Failure::Status(2))));
}

thread_local! {
    static ASKED: Cell<u32> = const { Cell::new(0) };
}

fn counted(_: Error) -> Status {
    ASKED.set(ASKED.get() + 1);
    Status(503, String::new())
}

#[retry(max_attempts = 3, base_delay = "1ms")]
#[timeout("1s", mode = deadline, refused = counted)]
fn asked_once(script: &Script) -> Result<u32, Status> {
    script.play().map_err(|failure| Status::of(&failure))
}

#[test]
fn it_is_asked_once_and_only_for_what_leaves_the_function() {
    let _clock = stopped();
    let script = Script::new([hang()]);
    assert_eq!(asked_once(&script), Err(Status(503, String::new())));
    assert_eq!((script.calls(), ASKED.get()), (3, 1));
    script.then([hang(), ok(1)]);
    assert_eq!(asked_once(&script), Ok(1));
    script.then([fail(404)]);
    assert!(asked_once(&script).is_err());
    assert_eq!(ASKED.get(), 1);
}

#[test]
fn a_refused_call_has_failed_and_did_not_fall_back() {
    let _clock = stopped();
    #[timeout("1s", mode = deadline, refused = |_| Status(503, String::new()))]
    fn counted_call(script: &Script) -> Result<u32, Status> {
        script.play().map_err(|failure| Status::of(&failure))
    }
    let script = Script::new([hang(), ok(1)]);
    assert!(counted_call(&script).is_err());
    assert!(counted_call(&script).is_ok());
    let stats = crate::stats("refused::errors::counted_call");
    assert_eq!((stats.calls, stats.successes, stats.failures, stats.fell_back), (2, 1, 1, 0));
}
