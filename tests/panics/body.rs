//! Panics of the body, in every layer and at every place.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};

use crate::support::*;
use crate::{breaker, calls_of, conserved};
use resilience::{CircuitState, circuit_breaker, deadline, fallback, registry, retry, timeout};

both! {
    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    fn under_a_retry(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "10s")]
    fn under_a_breaker(script);

    #[timeout("1h")]
    fn under_a_timeout(script);

    #[fallback(|_| Ok(77))]
    fn under_a_fallback(script);

    #[fallback(|_| Ok(77))]
    #[timeout("1h")]
    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    #[circuit_breaker(name = NAME, failure_threshold = 5, recovery_timeout = "10s")]
    #[timeout("1m")]
    fn under_everything(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = "10s")]
    fn as_a_probe(script);
}

#[test]
fn a_panic_is_not_retried() {
    under_a_retry::each([panics("boom"), ok(1)], |case| {
        assert_eq!(case.caught(), "boom");
        assert_eq!((case.calls(), case.retry().stats().not_retryable), (1, 1));
        assert_eq!(case.call(), Ok(1));
        case.script.then([fail(500), panics("second")]);
        assert_eq!(case.caught(), "second");
        conserved(case);
    });
}

#[test]
fn a_panic_is_a_failure_for_the_breaker() {
    under_a_breaker::each([panics("boom")], |case| {
        assert_eq!([case.caught(), case.caught()], ["boom", "boom"]);
        let stats = case.breaker_stats();
        assert_eq!((stats.state, stats.failure_count, stats.total_failures), (CircuitState::Open, 2, 2));
        assert!(is_open(&case.call()));
        case.advance(secs(10));
        assert_eq!(case.play([ok(1)]), Ok(1));
        conserved(case);
    });
}

#[test]
fn a_panic_is_an_end_within_the_limit() {
    under_a_timeout::each([panics("boom"), ok(1)], |case| {
        assert_eq!(case.caught(), "boom");
        assert_eq!(deadline::remaining(), None, "the limit is gone with it");
        assert_eq!(case.call(), Ok(1));
        let stats = case.timeout().stats();
        assert_eq!((stats.completed, stats.timed_out, stats.cancelled), (2, 0, 0));
    });
}

#[test]
fn a_fallback_does_not_swallow_a_panic() {
    under_a_fallback::each([panics("boom")], |case| {
        assert_eq!(case.caught(), "boom");
        assert_eq!((calls_of(case.name).failures, calls_of(case.name).fell_back), (1, 0));
        assert_eq!(case.play([fail(500)]), Ok(77));
        conserved(case);
    });
}

#[test]
fn a_panic_goes_through_a_full_stack() {
    under_everything::each([panics("boom")], |case| {
        assert_eq!(case.caught(), "boom");
        case.script.then([fail(500), panics("in the second attempt")]);
        assert_eq!(case.caught(), "in the second attempt");
        case.script.then([panics("later")]);
        assert_eq!(case.caught(), "later");
        let stats = case.breaker_stats();
        assert_eq!((stats.total_failures, stats.failure_count), (4, 4));
        conserved(case);
        assert_eq!(case.play([ok(1)]), Ok(1));
        conserved(case);
        assert_eq!(case.script.running().0, 0);
    });
}

#[test]
fn a_probe_that_panics_gives_its_place_back() {
    as_a_probe::each([fail(500)], |case| {
        let _ = case.call();
        for probe in 0..3 {
            case.advance(secs(10));
            case.script.then([panics("probe")]);
            assert_eq!(case.caught(), "probe");
            assert_eq!((case.breaker().state(), case.breaker_stats().total_failures), (CircuitState::Open, 2 + probe));
        }
        case.advance(secs(10));
        assert_eq!(case.play([ok(1)]), Ok(1));
        assert_eq!(case.breaker().state(), CircuitState::Closed);
        conserved(case);
    });
}

/// A payload that is no text.
#[derive(Debug, PartialEq)]
struct Payload(u32);

#[fallback(|_| Ok(77))]
#[retry(max_attempts = 2, base_delay = "1ms")]
#[circuit_breaker(name = "panics::payload::in_place", failure_threshold = 1)]
#[timeout("1m", mode = deadline)]
fn in_place(payload: u32) -> Reply {
    panic_any(Payload(payload))
}

#[fallback(|_| Ok(77))]
#[retry(max_attempts = 2, base_delay = "1ms")]
#[circuit_breaker(name = "panics::payload::awaited", failure_threshold = 1)]
#[timeout("1m")]
async fn awaited(payload: u32) -> Reply {
    tokio::task::yield_now().await;
    panic_any(Payload(payload))
}

#[fallback(|_| Ok(77))]
#[retry(max_attempts = 2, base_delay = "1ms", clone(payload))]
#[circuit_breaker(name = "panics::payload::on_a_thread", failure_threshold = 1)]
#[timeout("1m")]
fn on_a_thread(payload: u32) -> Reply {
    panic_any(Payload(payload))
}

#[tokio::test(start_paused = true)]
async fn the_payload_of_a_panic_arrives_unchanged() {
    let caught = |call: fn(u32) -> Reply| *catch_unwind(|| call(7)).unwrap_err().downcast::<Payload>().unwrap();
    assert_eq!(caught(in_place), Payload(7));
    assert_eq!(caught(on_a_thread), Payload(7));
    let panic = tokio::spawn(awaited(7)).await.unwrap_err().into_panic();
    assert_eq!(*panic.downcast::<Payload>().unwrap(), Payload(7));
    for name in ["in_place", "on_a_thread", "awaited"] {
        assert_eq!(breaker(&format!("panics::payload::{name}")).stats().total_failures, 1, "{name}");
    }
}

#[circuit_breaker(name = "panics::suspended", failure_threshold = 1)]
async fn panicking_later(script: &Script) -> Reply {
    let _ = script.play_async().await;
    panic!("after an await")
}

#[tokio::test(start_paused = true)]
async fn a_panic_after_an_await_is_a_failure_and_no_cancellation() {
    let task = tokio::spawn(async { panicking_later(&Script::new([ok(1).after(secs(1))])).await });
    assert!(task.await.unwrap_err().is_panic());
    let stats = breaker("panics::suspended").stats();
    assert_eq!((stats.total_failures, stats.cancelled), (1, 0));
    let calls = calls_of(concat!(module_path!(), "::panicking_later"));
    assert_eq!((calls.failures, calls.cancelled, calls.in_flight), (1, 0, 0));
}

#[circuit_breaker(name = "panics::during_unwinding", failure_threshold = 1)]
fn called_while_unwinding(script: &Script) -> Reply {
    script.play()
}

struct CallsInDrop<'a>(&'a Script);

impl Drop for CallsInDrop<'_> {
    fn drop(&mut self) {
        assert_eq!(called_while_unwinding(self.0), Ok(1));
    }
}

#[test]
fn a_call_that_succeeds_while_the_thread_is_unwinding_is_a_success() {
    let script = Script::new([ok(1)]);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let _guard = CallsInDrop(&script);
        panic!("boom");
    }));
    assert!(caught.is_err());
    let stats = breaker("panics::during_unwinding").stats();
    assert_eq!((stats.total_successes, stats.total_failures), (1, 0));
    assert_eq!(registry().circuit_breaker("panics::during_unwinding").unwrap().state(), CircuitState::Closed);
}
