//! Annotated functions that call each other.

use std::time::Duration;

use crate::support::*;
use resilience::{
    CallStats, CircuitBreaker, CircuitBreakerStats, CircuitState, circuit_breaker, fallback, registry, retry, timeout,
};

fn breaker(name: &str) -> CircuitBreaker {
    registry().circuit_breaker(name).unwrap()
}

fn stats(name: &str) -> CircuitBreakerStats {
    breaker(name).stats()
}

#[circuit_breaker(name = "nested::timed_out", failure_threshold = 2)]
async fn timed_out(script: &Script) -> Reply {
    script.play_async().await
}

#[timeout("2s")]
async fn impatient(script: &Script) -> Reply {
    timed_out(script).await
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_a_caller_is_a_failure_for_the_callees_breaker() {
    let script = Script::new([hang()]);
    for _ in 0..2 {
        assert!(is_timeout(&impatient(&script).await));
    }
    let stats = stats("nested::timed_out");
    assert_eq!((stats.state, stats.total_failures, stats.cancelled), (CircuitState::Open, 2, 0));
    assert!(is_open(&impatient(&script).await));
    assert_eq!(script.calls(), 2);
}

#[circuit_breaker(name = "nested::dropped", failure_threshold = 1)]
async fn dropped(script: &Script) -> Reply {
    script.play_async().await
}

#[timeout("1m")]
async fn patient(script: &Script) -> Reply {
    dropped(script).await
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_leaves_cancels_the_call() {
    let script = Script::new([hang()]);
    tokio::time::timeout(secs(5), dropped(&script)).await.unwrap_err();
    tokio::time::timeout(secs(5), patient(&script)).await.unwrap_err();
    let stats = stats("nested::dropped");
    assert_eq!((stats.state, stats.cancelled, stats.total_failures), (CircuitState::Closed, 2, 0));
    assert_eq!((stats.failure_count, stats.failure_rate, stats.total_calls), (0, 0.0, 2));
    let limit = registry().timeout(concat!(module_path!(), "::patient")).unwrap().stats();
    assert_eq!((limit.cancelled, limit.timed_out), (1, 0));
}

#[circuit_breaker(name = "nested::deep", failure_threshold = 1)]
async fn deep(script: &Script) -> Reply {
    script.play_async().await
}

#[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
async fn middle(script: &Script) -> Reply {
    deep(script).await
}

#[fallback(|_| Ok(77))]
#[timeout("2s")]
async fn top(script: &Script) -> Reply {
    middle(script).await
}

#[tokio::test(start_paused = true)]
async fn a_limit_reaches_through_functions_that_have_none() {
    let script = Script::new([hang()]);
    assert_eq!(top(&script).await, Ok(77));
    let stats = stats("nested::deep");
    assert_eq!((stats.state, stats.total_failures, stats.cancelled), (CircuitState::Open, 1, 0));
    let retry = registry().retry(concat!(module_path!(), "::middle")).unwrap().stats();
    assert_eq!(retry.calls, 1, "however it ended");
}

#[circuit_breaker(name = "nested::late_sync", failure_threshold = 1)]
fn late_sync(script: &Script) -> Reply {
    script.play()
}

#[timeout("2s", mode = deadline)]
fn impatient_sync(script: &Script) -> Reply {
    late_sync(script)
}

#[test]
fn a_late_answer_is_a_failure_for_the_callees_breaker() {
    let _clock = stopped();
    let script = Script::new([ok(1), ok(1).after(secs(3))]);
    assert_eq!(impatient_sync(&script), Ok(1));
    assert!(is_timeout(&impatient_sync(&script)));
    let stats = stats("nested::late_sync");
    assert_eq!((stats.state, stats.total_successes, stats.total_failures), (CircuitState::Open, 1, 1));
}

#[circuit_breaker(name = "nested::in_time", failure_threshold = 1)]
async fn in_time(script: &Script) -> Reply {
    script.play_async().await
}

#[timeout("2s")]
async fn just_patient_enough(script: &Script) -> Reply {
    in_time(script).await
}

#[tokio::test(start_paused = true)]
async fn a_future_that_is_ready_as_the_limit_passes_is_in_time_for_both() {
    let script = Script::new([ok(1).after(secs(2))]);
    assert_eq!(just_patient_enough(&script).await, Ok(1));
    assert_eq!((stats("nested::in_time").total_successes, stats("nested::in_time").total_failures), (1, 0));
}

#[circuit_breaker(name = "nested::sync_in_async", failure_threshold = 1)]
fn sync_in_async(script: &Script) -> Reply {
    script.play()
}

#[retry(max_attempts = 2, base_delay = "1s", jitter = none)]
#[timeout("5s")]
async fn async_over_sync(script: &Script, pause: Duration) -> Reply {
    tokio::time::sleep(pause).await;
    sync_in_async(script)
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_a_callee_is_an_error_of_the_caller() {
    let script = Script::new([fail(500), ok(1)]);
    let reply = async_over_sync(&script, millis(1)).await;
    assert!(is_open(&reply), "{reply:?}");
    assert_eq!(script.calls(), 1);
    let stats = stats("nested::sync_in_async");
    assert_eq!((stats.total_failures, stats.rejected), (1, 1), "the caller's retry knows it as an error of the body");
}

#[circuit_breaker(name = "nested::inner_of_two", failure_threshold = 5, failure_if = |e: &Failure| *e != Failure::Status(404))]
fn inner_of_two(script: &Script) -> Reply {
    script.play()
}

#[circuit_breaker(name = "nested::outer_of_two", failure_threshold = 5)]
fn outer_of_two(script: &Script) -> Reply {
    inner_of_two(script)
}

#[test]
fn two_breakers_judge_for_themselves() {
    let script = Script::new([fail(404), fail(500)]);
    let _ = outer_of_two(&script);
    let _ = outer_of_two(&script);
    let (inner, outer) = (stats("nested::inner_of_two"), stats("nested::outer_of_two"));
    assert_eq!((inner.total_successes, inner.total_failures), (1, 1));
    assert_eq!((outer.total_successes, outer.total_failures), (0, 2));
    breaker("nested::inner_of_two").force_open();
    assert!(is_open(&outer_of_two(&script)));
    assert_eq!(stats("nested::outer_of_two").total_failures, 3, "an error of its body, whoever made it");
}

/// How the calls of an annotated function of this module have ended.
fn calls_of(function: &str) -> CallStats {
    let path = format!("{}::{function}", module_path!());
    let functions = registry().inventory();
    functions.iter().find(|function| function.path() == path).expect("it is in the inventory").stats()
}

#[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
async fn counted(script: &Script) -> Reply {
    script.play_async().await
}

#[timeout("2s")]
async fn counting(script: &Script) -> Reply {
    counted(script).await
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_a_caller_is_a_failed_call_and_no_cancelled_one() {
    let script = Script::new([hang()]);
    assert!(is_timeout(&counting(&script).await));
    let calls = calls_of("counted");
    assert_eq!((calls.failures, calls.cancelled, calls.in_flight), (1, 0, 0));
    let retry = registry().retry(concat!(module_path!(), "::counted")).unwrap().stats();
    assert_eq!((retry.max_duration_reached, retry.cancelled), (1, 0), "its deadline has passed, nobody left");

    tokio::time::timeout(secs(1), counting(&script)).await.unwrap_err();
    let calls = calls_of("counted");
    assert_eq!((calls.failures, calls.cancelled, calls.in_flight), (1, 1, 0));
}
