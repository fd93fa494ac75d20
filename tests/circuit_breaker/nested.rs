//! A call inside a probe of the same breaker passes with it: it is the same question to the same dependency.

use std::rc::Rc;

use crate::support::*;
use resilience::{CircuitBreaker, CircuitState, circuit_breaker, registry, retry, timeout};

/// Opened by one failure, and half-open ten seconds later.
async fn half_open(name: &str) -> CircuitBreaker {
    let breaker = registry().circuit_breaker(name).unwrap();
    breaker.try_acquire().unwrap().failure();
    tokio::time::advance(secs(10)).await;
    assert_eq!(breaker.state(), CircuitState::HalfOpen);
    breaker
}

/// Of the probe and what it called only the probe was counted.
fn closed_by_one_call(breaker: &CircuitBreaker) {
    let stats = breaker.stats();
    assert_eq!((stats.state, stats.total_calls, stats.total_successes), (CircuitState::Closed, 2, 1), "{stats:?}");
}

#[circuit_breaker(name = "nested::recursion", failure_threshold = 1, recovery_timeout = "10s")]
fn depth(n: u32) -> Reply {
    if n == 0 { Ok(0) } else { Ok(depth(n - 1)? + 1) }
}

#[tokio::test(start_paused = true)]
async fn a_recursive_probe_closes() {
    let breaker = half_open("nested::recursion").await;
    assert_eq!(depth(3), Ok(3));
    closed_by_one_call(&breaker);
    assert_eq!(depth(1), Ok(1));
    assert_eq!(breaker.stats().total_calls, 4, "closed, each call is counted");
}

#[circuit_breaker(name = "nested::shared", failure_threshold = 1, recovery_timeout = "10s")]
async fn outer(pauses: u32) -> Reply {
    for _ in 0..pauses {
        tokio::time::sleep(secs(1)).await;
    }
    let inner = inner().await?;
    tokio::time::sleep(secs(1)).await;
    Ok(inner + self::inner().await?)
}

#[circuit_breaker(name = "nested::shared", failure_threshold = 1, recovery_timeout = "10s")]
async fn inner() -> Reply {
    tokio::task::yield_now().await;
    Ok(1)
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_calls_another_function_of_the_same_breaker_closes() {
    let breaker = half_open("nested::shared").await;
    assert_eq!(outer(2).await, Ok(2));
    closed_by_one_call(&breaker);
}

#[circuit_breaker(name = "nested::siblings", failure_threshold = 1, recovery_timeout = "10s")]
async fn waiting() -> Reply {
    tokio::time::sleep(secs(5)).await;
    Ok(1)
}

#[tokio::test(start_paused = true)]
async fn a_sibling_of_a_suspended_probe_does_not_slip_in() {
    let breaker = half_open("nested::siblings").await;
    let (probe, sibling, task) = tokio::join!(waiting(), waiting(), tokio::spawn(waiting()));
    assert_eq!(probe, Ok(1));
    assert!(is_open(&sibling) && is_open(&task.unwrap()), "they are not inside");
    closed_by_two_refusals(&breaker);
}

fn closed_by_two_refusals(breaker: &CircuitBreaker) {
    let stats = breaker.stats();
    assert_eq!((stats.state, stats.rejected, stats.total_successes), (CircuitState::Closed, 2, 1));
}

#[circuit_breaker(name = "nested::strangers", failure_threshold = 1, recovery_timeout = "10s")]
async fn runs(tasks: Rc<tokio::task::LocalSet>) -> Reply {
    tasks
        .run_until(async {
            tokio::task::yield_now().await;
            stranger().await
        })
        .await
}

#[circuit_breaker(name = "nested::strangers", failure_threshold = 1, recovery_timeout = "10s")]
async fn stranger() -> Reply {
    Ok(1)
}

#[tokio::test(start_paused = true)]
async fn another_task_that_a_probe_polls_does_not_slip_in() {
    half_open("nested::strangers").await;
    let tasks = Rc::new(tokio::task::LocalSet::new());
    let other = tasks.spawn_local(stranger());
    assert_eq!(runs(Rc::clone(&tasks)).await, Ok(1));
    assert!(is_open(&other.await.unwrap()));
}

#[circuit_breaker(name = "nested::threads", failure_threshold = 1, recovery_timeout = "10s")]
#[timeout("60s")]
fn on_a_worker() -> Reply {
    Ok(beside()? + 1)
}

#[circuit_breaker(name = "nested::threads", failure_threshold = 1, recovery_timeout = "10s")]
#[timeout("60s", name = "nested::threads::beside")]
fn beside() -> Reply {
    Ok(1)
}

#[tokio::test(start_paused = true)]
async fn a_probe_goes_along_onto_a_worker_thread() {
    let breaker = half_open("nested::threads").await;
    assert_eq!(on_a_worker(), Ok(2));
    closed_by_one_call(&breaker);
}

#[retry(base_delay = "1s", jitter = none, retry_on_open = true)]
#[circuit_breaker(name = "nested::after", failure_threshold = 1, recovery_timeout = "10s", success_threshold = 2)]
async fn twice(script: &Script) -> Reply {
    match script.play_async().await {
        Ok(0) => Err(Failure::Status(500)),
        other => other,
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_probe_has_failed_is_not_inside_of_it_any_more() {
    let breaker = half_open("nested::after").await;
    let script = Script::new([fail(500), ok(1)]);
    assert_eq!(twice(&script).await, Ok(1));
    let stats = breaker.stats();
    assert_eq!(
        (stats.state, stats.success_count),
        (CircuitState::HalfOpen, 1),
        "the second attempt is a probe by itself"
    );
}

#[tokio::test(start_paused = true)]
async fn a_panicking_and_a_dropped_probe_leave_nothing_behind() {
    let breaker = half_open("nested::recursion_of_panics").await;
    assert!(std::panic::catch_unwind(|| panics_inside(true)).is_err());
    tokio::time::advance(secs(10)).await;
    let probe = breaker.try_acquire().unwrap();
    assert!(is_open(&panics_inside(false)), "the thread is inside of no probe");
    drop(probe);
    assert_eq!(panics_inside(false), Ok(1));
}

#[circuit_breaker(name = "nested::recursion_of_panics", failure_threshold = 1, recovery_timeout = "10s")]
fn panics_inside(yes: bool) -> Reply {
    assert!(!yes, "boom");
    Ok(1)
}
