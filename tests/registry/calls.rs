//! How calls of a function end.

use std::time::Duration;

use resilience::{Error, PolicyKind, circuit_breaker, fallback, retry, timeout};

use super::function;

#[fallback(|_| Ok(0), when = |e: &Error| e.policy() == PolicyKind::RateLimit)]
#[circuit_breaker(name = "calls", failure_threshold = 100, ignore_if = |e: &Error| e.policy() == PolicyKind::Bulkhead)]
async fn call(result: Result<u32, Error>) -> Result<u32, Error> {
    tokio::task::yield_now().await;
    result
}

#[tokio::test]
async fn each_function_counts_how_its_calls_end() {
    let function = function("calls::call");
    call(Ok(1)).await.unwrap();
    call(Err(Error::rate_limited("x", None))).await.unwrap();
    {
        let mut dropped = std::pin::pin!(call(Ok(1)));
        assert!(futures_poll(dropped.as_mut()).is_pending());
        assert_eq!(function.stats().in_flight, 1);
    }
    let stats = function.stats();
    assert_eq!((stats.calls, stats.successes, stats.fell_back, stats.cancelled, stats.in_flight), (3, 2, 1, 1, 0));
}

fn futures_poll<F: Future>(future: std::pin::Pin<&mut F>) -> std::task::Poll<F::Output> {
    future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
}

#[tokio::test(start_paused = true)]
async fn a_call_that_a_callers_timeout_drops_is_a_failure() {
    #[retry(max_attempts = 1)]
    async fn inner() -> Result<(), Error> {
        tokio::time::sleep(Duration::from_secs(60)).await;
        Ok(())
    }
    #[timeout("1s")]
    async fn outer() -> Result<(), Error> {
        inner().await
    }
    assert!(outer().await.is_err());
    let inventory = resilience::registry().inventory();
    let inner = inventory.iter().find(|function| function.path().ends_with("calls::inner")).unwrap();
    assert_eq!((inner.stats().failures, inner.stats().cancelled), (1, 0));
}
