//! `mode = thread`: the sync timeout that leaves a body behind. Time is real here, and short.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};

use crate::support::*;
use resilience::{CircuitState, Error, circuit_breaker, clock, deadline, fallback, registry, retry, timeout};

#[timeout("50ms")]
#[circuit_breaker(name = "threads::inside", failure_threshold = 1)]
fn breaker_inside(gate: Arc<Barrier>) -> Reply {
    gate.wait();
    Ok(1)
}

#[test]
fn a_body_that_hangs_on_its_thread_trips_the_breaker_inside() {
    let gate = Arc::new(Barrier::new(2));
    assert!(is_timeout(&breaker_inside(Arc::clone(&gate))));
    let breaker = registry().circuit_breaker("threads::inside").unwrap();
    let stats = breaker.stats();
    assert_eq!((stats.state, stats.total_failures, stats.cancelled), (CircuitState::Open, 1, 0));
    let limit = registry().timeout(concat!(module_path!(), "::breaker_inside")).unwrap();
    assert_eq!((limit.stats().timed_out, limit.stats().abandoned), (1, 1), "the body still runs");
    assert!(is_open(&breaker_inside(Arc::clone(&gate))));

    gate.wait();
    eventually(|| limit.stats().abandoned == 0);
    let stats = breaker.stats();
    assert_eq!((stats.total_successes, stats.total_failures), (0, 1), "its late success changes nothing");
}

#[circuit_breaker(name = "threads::outside", failure_threshold = 1)]
#[timeout("30ms")]
fn breaker_outside(gate: Arc<Barrier>) -> Reply {
    gate.wait();
    Ok(1)
}

#[test]
fn a_body_that_hangs_on_its_thread_trips_the_breaker_outside() {
    let gate = Arc::new(Barrier::new(2));
    assert!(is_timeout(&breaker_outside(Arc::clone(&gate))));
    assert!(is_open(&breaker_outside(Arc::clone(&gate))));
    gate.wait();
}

#[circuit_breaker(name = "threads::called", failure_threshold = 1)]
fn called(gate: &Barrier) -> Reply {
    gate.wait();
    Ok(1)
}

#[timeout("30ms")]
fn calling(gate: Arc<Barrier>) -> Reply {
    called(&gate)
}

#[test]
fn a_body_that_hangs_in_a_callee_trips_the_callees_breaker() {
    let gate = Arc::new(Barrier::new(2));
    assert!(is_timeout(&calling(Arc::clone(&gate))));
    let stats = registry().circuit_breaker("threads::called").unwrap().stats();
    assert_eq!((stats.state, stats.total_failures, stats.cancelled), (CircuitState::Open, 1, 0));
    gate.wait();
}

#[fallback(|_| Ok(77))]
#[retry(max_attempts = 2, base_delay = "1ms", clone(script, gate))]
#[circuit_breaker(name = "threads::full", failure_threshold = 2)]
#[timeout("150ms")]
fn full(script: Script, gate: Arc<Barrier>) -> Reply {
    let reply = script.play();
    if reply == Ok(0) {
        gate.wait();
    }
    reply
}

#[test]
fn a_full_stack_retries_a_body_that_hung() {
    let gate = Arc::new(Barrier::new(2));
    let script = Script::new([ok(0), ok(5)]);
    assert_eq!(full(script.clone(), Arc::clone(&gate)), Ok(5));
    gate.wait();
    script.then([fail(500)]);
    assert_eq!(full(script.clone(), Arc::clone(&gate)), Ok(77));
    let breaker = registry().circuit_breaker("threads::full").unwrap().stats();
    assert_eq!((breaker.total_successes, breaker.total_failures, breaker.cancelled), (1, 3, 0));
    assert_eq!(full(script.clone(), gate), Ok(77), "open");
    assert_eq!(script.calls(), 4);
}

#[timeout("5s")]
#[retry(max_attempts = 5, base_delay = "1ms", jitter = none)]
fn retry_inside(script: Script) -> Reply {
    assert!(deadline::remaining().is_some_and(|left| left <= secs(5)), "it crosses to the thread");
    script.play()
}

#[test]
fn a_retry_runs_on_the_thread_when_it_is_inside() {
    assert_eq!(retry_inside(Script::new([fail(500), fail(500), ok(3)])), Ok(3));
}

#[timeout("20s", mode = deadline)]
fn in_place_over_thread() -> Result<std::time::Duration, Error> {
    on_a_thread()
}

#[timeout("1h")]
fn on_a_thread() -> Result<std::time::Duration, Error> {
    Ok(deadline::remaining().unwrap_or_default())
}

#[test]
fn the_deadline_of_a_caller_crosses_to_the_thread() {
    let left = in_place_over_thread().unwrap();
    assert!(left > secs(10) && left <= secs(20), "{left:?}");
}

#[timeout("50ms")]
fn looking_at_its_deadline(stop: Arc<AtomicBool>) -> Reply {
    while deadline::remaining().is_some_and(|left| !left.is_zero()) {
        std::thread::yield_now();
    }
    stop.store(true, Ordering::SeqCst);
    Ok(0)
}

#[test]
fn a_body_that_looks_at_its_deadline_need_not_be_left_behind() {
    let stop = Arc::new(AtomicBool::new(false));
    let start = clock::now();
    let _ = looking_at_its_deadline(Arc::clone(&stop));
    assert!(clock::now().since(start) >= millis(50));
    eventually(|| stop.load(Ordering::SeqCst));
}

#[timeout("30ms", name = "threads::nested::outer")]
fn outer(gate: Arc<Barrier>) -> Reply {
    middle(gate)
}

#[timeout("1h", name = "threads::nested::inner")]
#[circuit_breaker(name = "threads::nested", failure_threshold = 1)]
fn middle(gate: Arc<Barrier>) -> Reply {
    gate.wait();
    Ok(1)
}

#[test]
fn a_limit_reaches_through_two_threads() {
    let gate = Arc::new(Barrier::new(2));
    assert!(is_timeout(&outer(Arc::clone(&gate))));
    // Both limits are the same moment; whichever caller leaves first settles what is inside.
    let breaker = registry().circuit_breaker("threads::nested").unwrap();
    eventually(|| breaker.stats().total_failures > 0);
    let stats = breaker.stats();
    assert_eq!((stats.state, stats.total_failures, stats.cancelled), (CircuitState::Open, 1, 0));
    gate.wait();
}
