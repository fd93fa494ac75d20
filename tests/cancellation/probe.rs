//! A probe of a half-open breaker that is dropped at every await point: its place is free again.

use crate::support::*;
use crate::{breaker, polled};
use resilience::{CircuitState, circuit_breaker, fallback, retry, timeout};
use tokio::task::yield_now;

const NAME: &str = "cancellation::probe";

#[fallback(|error| {
    yield_now().await;
    Err(error)
})]
#[retry(max_attempts = 2, base_delay = "1s", jitter = none, retry_on_open = true)]
#[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = "10s")]
#[timeout("5s")]
async fn probed(script: &Script) -> Reply {
    yield_now().await;
    let reply = script.play_async().await;
    yield_now().await;
    reply
}

/// Half-open, with its one place free.
async fn half_open() {
    breaker(NAME).reset();
    breaker(NAME).try_acquire().unwrap().failure();
    tokio::time::advance(secs(10)).await;
    assert_eq!(breaker(NAME).state(), CircuitState::HalfOpen);
}

#[tokio::test(start_paused = true)]
async fn the_next_call_passes_wherever_a_probe_was_dropped() {
    for steps in [vec![ok(1)], vec![ok(1).after(secs(1))], vec![fail(500), ok(1)], vec![hang(), ok(1)]] {
        for polls in 0.. {
            half_open().await;
            let before = breaker(NAME).stats();
            let done = polled(polls, probed(&Script::new(steps.clone()))).await;
            let stats = breaker(NAME).stats();
            if done.is_none() && stats.state == CircuitState::HalfOpen {
                let failed = stats.total_failures - before.total_failures;
                assert_eq!(stats.cancelled - before.cancelled, u64::from(polls > 0 && failed == 0), "{polls} polls");
                assert_eq!(probed(&Script::new([ok(2)])).await, Ok(2), "after {polls} polls of {steps:?}");
                assert_eq!(breaker(NAME).stats().rejected, stats.rejected, "its place was free");
                assert_eq!(breaker(NAME).state(), CircuitState::Closed);
            }
            if done.is_some() {
                assert!(polls > 2);
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_place_is_free_at_once_and_not_after_the_recovery_timeout() {
    const NAME: &str = "cancellation::probe::at_once";

    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = "1h")]
    async fn call(script: &Script) -> Reply {
        script.play_async().await
    }

    let script = Script::new([fail(500), hang(), ok(1)]);
    let _ = call(&script).await;
    tokio::time::advance(secs(3600)).await;
    for _ in 0..10 {
        assert!(polled(1, call(&Script::new([hang()]))).await.is_none());
    }
    script.then([ok(1)]);
    assert_eq!(call(&script).await, Ok(1));
    let stats = breaker(NAME).stats();
    assert_eq!((stats.cancelled, stats.rejected, stats.state), (10, 0, CircuitState::Closed));
}
