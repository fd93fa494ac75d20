//! Successes at the first attempt are counted by the function, where its retry is around all of the call: they are the
//! retry's all the same, whoever shares it.

use crate::support::*;
use resilience::{circuit_breaker, fallback, registry, retry, timeout};

const SHARED: &str = "retry::first_tries";

#[retry(name = SHARED, max_attempts = 2, base_delay = "1ms")]
async fn one(script: &Script) -> Reply {
    script.play_async().await
}

#[fallback(value = 99)]
#[retry(name = SHARED, max_attempts = 2, base_delay = "1ms")]
#[timeout("1s")]
async fn another(script: &Script) -> Reply {
    script.play_async().await
}

/// Counts them itself: the breaker, which might refuse, is above.
#[circuit_breaker(name = SHARED)]
#[retry(name = SHARED, max_attempts = 2, base_delay = "1ms")]
async fn below(script: &Script) -> Reply {
    script.play_async().await
}

#[retry(name = SHARED, max_attempts = 2, base_delay = "1ms")]
fn sync(script: &Script) -> Reply {
    script.play()
}

fn calls(path: &str) -> resilience::CallStats {
    let inventory = registry().inventory();
    inventory.iter().find(|function| function.path().ends_with(path)).unwrap().stats()
}

#[tokio::test(start_paused = true)]
async fn a_shared_retry_counts_the_first_tries_of_all() {
    for _ in 0..3 {
        assert_eq!(one(&Script::new([ok(1)])).await, Ok(1));
    }
    assert_eq!(another(&Script::new([ok(2)])).await, Ok(2));
    assert_eq!(below(&Script::new([ok(3)])).await, Ok(3));
    assert_eq!(sync(&Script::new([ok(4)])), Ok(4));
    let retry = registry().retry(SHARED).unwrap();
    assert_eq!((retry.stats().successes_without_retry, retry.stats().calls), (6, 6));

    assert_eq!(one(&Script::new([fail(500), ok(5)])).await, Ok(5));
    assert_eq!(another(&Script::new([fail(500), fail(501)])).await, Ok(99));
    let stats = retry.stats();
    assert_eq!((stats.successes_without_retry, stats.successes_with_retry, stats.max_attempts_reached), (6, 1, 1));
    assert_eq!((stats.calls, stats.retries), (8, 2));

    // Dropped at its first attempt: neither a success of the call nor one of the retry.
    assert!(tokio::time::timeout(millis(1), one(&Script::new([hang()]))).await.is_err());
    let panicked = tokio::spawn(async { one(&Script::new([panics("boom")])).await }).await;
    assert!(panicked.is_err());
    let stats = retry.stats();
    assert_eq!((stats.successes_without_retry, stats.cancelled, stats.not_retryable, stats.calls), (6, 1, 1, 10));

    let (first, second) = (calls("first_tries::one"), calls("first_tries::another"));
    assert_eq!((first.calls, first.successes, first.cancelled, first.failures, first.in_flight), (6, 4, 1, 1, 0));
    assert_eq!((second.calls, second.successes, second.fell_back, second.in_flight), (2, 2, 1, 0));
}

#[retry(max_attempts = 3, base_delay = "1ms", retry_if = |_| panic!("the predicate panics"))]
async fn with_a_panicking_predicate(script: &Script) -> Reply {
    script.play_async().await
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_predicate_panics_is_counted_once() {
    let panicked = tokio::spawn(async { with_a_panicking_predicate(&Script::new([fail(500)])).await }).await;
    assert!(panicked.is_err());
    let stats = registry().retry("retry::first_tries::with_a_panicking_predicate").unwrap().stats();
    assert_eq!((stats.calls, stats.not_retryable), (1, 1));
    let calls = calls("with_a_panicking_predicate");
    assert_eq!((calls.calls, calls.failures, calls.in_flight), (1, 1, 0));
}
