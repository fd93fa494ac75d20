//! Who is to blame when an outer limit ends a call: one that had at least half of it.

mod begun;
mod options;

use std::sync::{Arc, Barrier};

use crate::support::*;
use resilience::{
    CallStats, CircuitBreakerStats, CircuitState, Retry, circuit_breaker, deadline, registry, retry, timeout,
};

fn breaker(name: &str) -> CircuitBreakerStats {
    registry().circuit_breaker(name).unwrap().stats()
}

/// How the calls of an annotated function of this module have ended.
fn calls_of(function: &str) -> CallStats {
    let path = format!("{}::{function}", module_path!());
    let functions = registry().inventory();
    functions.iter().find(|function| function.path() == path).expect("it is in the inventory").stats()
}

#[circuit_breaker(name = "blame::well", failure_threshold = 2)]
async fn well() -> Reply {
    tokio::time::sleep(millis(10)).await;
    Ok(1)
}

#[timeout("100ms")]
async fn slow_before_it() -> Reply {
    tokio::time::sleep(millis(96)).await;
    well().await
}

#[tokio::test(start_paused = true)]
async fn a_healthy_dependency_is_not_blamed_for_who_used_up_the_time() {
    for _ in 0..5 {
        assert!(is_timeout(&slow_before_it().await));
    }
    let stats = breaker("blame::well");
    assert_eq!((stats.state, stats.total_failures, stats.cancelled), (CircuitState::Closed, 0, 5));
    let calls = calls_of("well");
    assert_eq!((calls.cancelled, calls.failures, calls.in_flight), (5, 0, 0));
    assert_eq!(calls_of("slow_before_it").failures, 5, "its own limit is no outer one");
}

#[circuit_breaker(name = "blame::hangs", failure_threshold = 2)]
async fn hangs() -> Reply {
    std::future::pending().await
}

#[timeout("100ms")]
async fn after(delay: std::time::Duration) -> Reply {
    tokio::time::sleep(delay).await;
    hangs().await
}

#[tokio::test(start_paused = true)]
async fn a_call_that_had_half_of_the_limit_is_to_blame_and_one_with_less_is_not() {
    assert!(is_timeout(&after(millis(51)).await));
    assert_eq!((breaker("blame::hangs").total_failures, breaker("blame::hangs").cancelled), (0, 1));
    assert!(is_timeout(&after(millis(50)).await));
    assert_eq!(breaker("blame::hangs").total_failures, 1);
    assert!(is_timeout(&after(millis(0)).await));
    assert_eq!(breaker("blame::hangs").state, CircuitState::Open, "no limit of its own, and it hangs");
}

#[timeout("100ms")]
#[retry(max_attempts = 3, strategy = constant, base_delay = "1ms", jitter = none)]
#[circuit_breaker(name = "blame::retried", failure_threshold = 1, ignore_if = |_: &Failure| true)]
async fn last_attempt(script: &Script) -> Reply {
    script.play_async().await
}

#[tokio::test(start_paused = true)]
async fn the_last_attempt_that_the_total_cuts_is_not_to_blame() {
    let script = Script::new([fail(500).after(millis(60)), ok(1).after(millis(60))]);
    assert!(is_timeout(&last_attempt(&script).await));
    let stats = breaker("blame::retried");
    assert_eq!((stats.state, stats.ignored, stats.cancelled), (CircuitState::Closed, 1, 1));
}

#[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
async fn retried() -> Reply {
    std::future::pending().await
}

#[timeout("100ms")]
async fn late_retry() -> Reply {
    tokio::time::sleep(millis(90)).await;
    retried().await
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_had_too_little_time_is_cancelled() {
    assert!(is_timeout(&late_retry().await));
    let retry: Retry = registry().retry(concat!(module_path!(), "::retried")).unwrap();
    assert_eq!((retry.stats().cancelled, retry.stats().max_duration_reached), (1, 0));
}

#[circuit_breaker(name = "blame::sync", failure_threshold = 1)]
fn short(outcome: Reply) -> Reply {
    pass(millis(2));
    outcome
}

#[timeout("100ms", mode = deadline)]
fn straddled(outcome: Reply) -> Reply {
    pass(millis(99));
    short(outcome)
}

#[test]
fn a_sync_success_that_straddles_an_outer_deadline_stays_one_and_an_error_stays_that() {
    let _clock = stopped();
    for _ in 0..5 {
        assert!(is_timeout(&straddled(Ok(1))));
    }
    let stats = breaker("blame::sync");
    assert_eq!((stats.state, stats.total_successes, stats.total_failures), (CircuitState::Closed, 5, 0));
    assert!(straddled(Err(Failure::Status(500))).is_err());
    assert_eq!(breaker("blame::sync").total_failures, 1);
}

#[circuit_breaker(name = "blame::worker", failure_threshold = 1)]
fn on_a_worker(gate: &Barrier) -> Reply {
    gate.wait();
    Ok(1)
}

#[timeout("200ms")]
fn late_on_a_worker(gate: Arc<Barrier>, delay: std::time::Duration) -> Reply {
    std::thread::sleep(delay);
    on_a_worker(&gate)
}

#[test]
fn a_caller_that_gives_up_a_worker_thread_blames_by_the_same_rule() {
    let gate = Arc::new(Barrier::new(2));
    assert!(is_timeout(&late_on_a_worker(Arc::clone(&gate), millis(150))));
    let stats = breaker("blame::worker");
    assert_eq!((stats.state, stats.total_failures, stats.cancelled), (CircuitState::Closed, 0, 1));
    gate.wait();
    assert!(is_timeout(&late_on_a_worker(Arc::clone(&gate), millis(0))));
    assert_eq!(breaker("blame::worker").state, CircuitState::Open);
    gate.wait();
}

#[timeout("1s", mode = deadline)]
fn outer_in_place() -> Result<String, resilience::Error> {
    pass(millis(100));
    let error = inner_in_place().unwrap_err();
    assert!(deadline::remaining().is_some_and(|left| left.is_zero()));
    Ok(error.to_string())
}

#[timeout("60s", mode = deadline)]
fn inner_in_place() -> Result<(), resilience::Error> {
    pass(secs(2));
    innermost_in_place()
}

#[timeout("30s", mode = deadline)]
fn innermost_in_place() -> Result<(), resilience::Error> {
    Ok(())
}

#[test]
fn each_limit_in_place_speaks_of_its_own() {
    let _clock = stopped();
    let error = outer_in_place().unwrap_err();
    assert!(error.to_string().ends_with("outer_in_place` timed out after 1s"), "{error}");
    let stats = |name: &str| registry().timeout(&format!("{}::{name}", module_path!())).unwrap().stats();
    let (outer, inner, innermost) = (stats("outer_in_place"), stats("inner_in_place"), stats("innermost_in_place"));
    assert_eq!((outer.timed_out, inner.timed_out, inner.completed, innermost.rejected), (1, 0, 1, 1));
}
