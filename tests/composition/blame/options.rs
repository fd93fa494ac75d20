//! What the options of an attribute work before the body is polled is a part of the call.

use std::future::pending;
use std::time::Duration;

use resilience::{circuit_breaker, fallback, registry, retry, timeout};

use super::begun::{late, work};
use super::calls_of;
use crate::support::*;

/// Takes 60 ms, as an option may.
fn worked<T>(value: T) -> T {
    work(millis(60));
    value
}

#[circuit_breaker(name = "blame::options::keyed", key = worked(1))]
#[timeout("200ms")]
async fn keyed() -> Reply {
    pending().await
}

#[timeout(worked(Duration::from_secs(1)))]
async fn limited() -> Reply {
    pending().await
}

#[retry(max_attempts = 3, clone(given = worked(given)))]
async fn cloned(given: u32) -> Reply {
    let _ = given;
    pending().await
}

#[retry(max_attempts = worked(attempts))]
async fn configured(attempts: u32) -> Reply {
    pending().await
}

#[fallback(value = 1)]
#[timeout(worked(Duration::from_secs(1)))]
async fn below_a_fallback() -> Reply {
    pending().await
}

/// How the calls of a function ended that began with half of the limit, and with a little less.
async fn ended<F: Future<Output = Reply>>(function: &str, call: impl Fn() -> F) -> [u64; 2] {
    late(50, call()).await;
    late(51, call()).await;
    let calls = calls_of(&format!("options::{function}"));
    [calls.failures, calls.cancelled]
}

#[tokio::test(start_paused = true)]
async fn a_call_begins_before_its_options_are_evaluated() {
    assert_eq!(ended("keyed", keyed).await, [1, 1]);
    assert_eq!(ended("limited", limited).await, [1, 1]);
    assert_eq!(ended("cloned", || cloned(1)).await, [1, 1]);
    assert_eq!(ended("configured", || configured(3)).await, [1, 1]);
    assert_eq!(ended("below_a_fallback", below_a_fallback).await, [1, 1]);
}

/// Like [`worked`], where the policy is first looked for.
#[retry(max_attempts = worked(3), name = "blame::options::found")]
async fn found() -> Reply {
    pending().await
}

#[tokio::test(start_paused = true)]
async fn and_before_its_policies_are_found() {
    late(50, found()).await;
    assert_eq!((calls_of("options::found").failures, calls_of("options::found").cancelled), (1, 0));
}

#[timeout("100ms")]
#[retry(max_attempts = 3, clone(given = worked(given)), name = "blame::options::inner")]
async fn under_its_own_limit(given: u32) -> Reply {
    let _ = given;
    pending().await
}

#[tokio::test(start_paused = true)]
async fn a_retry_below_a_limit_began_with_all_of_it() {
    assert!(is_timeout(&under_its_own_limit(1).await));
    let stats = registry().retry("blame::options::inner").unwrap().stats();
    assert_eq!((stats.max_duration_reached, stats.cancelled), (1, 0));
}

/// To a breaker a call begins when it asks: who used up the time before that is not what it protects.
#[tokio::test(start_paused = true)]
async fn a_breaker_is_not_to_blame_for_its_key() {
    late(0, asked()).await;
    let family = registry().keyed_circuit_breaker("blame::options::asked").unwrap();
    let stats = family.get(&1).stats();
    assert_eq!((stats.total_failures, stats.cancelled), (0, 1));
    assert_eq!(calls_of("options::asked").failures, 1);
}

#[circuit_breaker(name = "blame::options::asked", key = worked(1))]
async fn asked() -> Reply {
    pending().await
}
