//! One vocabulary: what a policy counts has the same name with each of them, and the ends of calls add up to the calls.

use std::time::Duration;

use resilience::{CircuitBreaker, Fallback, Registry, Retry, Timeout};
use serde_json::Value;

/// A policy of each kind, which has seen calls end in different ways.
fn used() -> Value {
    let clock = resilience::clock::manual();
    let registry = Registry::new();
    let breaker = registry.register(CircuitBreaker::builder("words").failure_threshold(3).build().unwrap());
    let retry = Retry::builder("words").max_attempts(2).base_delay(Duration::ZERO).build().unwrap();
    let retry = registry.register(retry);
    let timeout = registry.register(Timeout::builder("words").duration(Duration::from_secs(1)).build().unwrap());
    let fallback = registry.register(Fallback::new("words"));

    breaker.try_acquire().unwrap().success();
    breaker.try_acquire().unwrap().ignore();
    drop(breaker.try_acquire().unwrap());
    (0..3).for_each(|_| breaker.try_acquire().unwrap().failure());
    assert!(breaker.try_acquire().is_err());

    retry.start().stop(true);
    retry.start().stop(false);
    drop(retry.start());
    let mut tries = 0;
    let twice = || {
        tries += 1;
        if tries == 2 { Ok(()) } else { Err("busy") }
    };
    assert!(retry.call(twice).is_ok() && retry.call(|| Err::<(), _>("busy")).is_err());

    assert!(timeout.call(|| Some(1)).is_some());
    let late = || {
        clock.advance(Duration::from_secs(2));
        Some(1)
    };
    assert!(timeout.call(late).is_none());

    assert!(fallback.call(|| None, |_| Some(1)).is_some() && fallback.call(|| None::<u8>, |_| None).is_none());
    serde_json::to_value(registry.snapshot()).unwrap()
}

#[test]
fn the_ends_of_calls_add_up_to_the_calls() {
    let snapshot = used();
    let sums: [(&str, &str, &[&str]); 6] = [
        ("circuit_breakers", "total_calls", &["total_successes", "total_failures", "ignored", "rejected", "cancelled"]),
        ("retries", "calls", &["successes", "failures", "cancelled"]),
        ("retries", "successes", &["successes_without_retry", "successes_with_retry"]),
        ("retries", "failures", &["not_retryable", "max_attempts_reached", "max_duration_reached", "budget_exhausted"]),
        ("timeouts", "calls", &["completed", "timed_out", "rejected", "cancelled"]),
        ("fallbacks", "calls", &["successes", "failures", "cancelled"]),
    ];
    for (kind, whole, parts) in sums {
        let count = |key: &str| snapshot[kind]["words"][key].as_u64().unwrap_or_else(|| panic!("{kind}: {key}"));
        assert!(count(whole) > 1, "{kind}: {whole}");
        assert_eq!(count(whole), parts.iter().map(|part| count(part)).sum::<u64>(), "{kind}: {whole}");
    }
}

#[test]
fn what_means_the_same_has_the_same_name() {
    let snapshot = used();
    for (kind, policies) in snapshot.as_object().unwrap() {
        for key in policies["words"].as_object().into_iter().flatten().map(|(key, _)| key.as_str()) {
            let other_words = ["success", "failure", "refused", "dropped", "aborted", "errors", "succeeded", "failed"];
            assert!(!other_words.contains(&key), "{kind}: {key}");
            assert!(key != "abandoned" || kind == "timeouts", "{kind}: only bodies on worker threads are abandoned");
        }
    }
    assert_eq!(snapshot["retries"]["words"]["backoff_seconds"], 0.0);
}
