//! Panics on the worker threads of `mode = thread`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Barrier};

use crate::support::*;
use crate::{breaker, calls_of};
use resilience::{CircuitState, circuit_breaker, fallback, registry, retry, timeout};

#[fallback(|_| Ok(77))]
#[retry(max_attempts = 2, base_delay = "1ms", clone(script))]
#[circuit_breaker(name = "panics::threads::outside", failure_threshold = 2)]
#[timeout("10s")]
fn outside(script: Script) -> Reply {
    script.play()
}

#[timeout("10s")]
#[retry(max_attempts = 2, base_delay = "1ms")]
#[circuit_breaker(name = "panics::threads::inside", failure_threshold = 2)]
fn inside(script: Script) -> Reply {
    script.play()
}

fn survives(call: fn(Script) -> Reply, name: &str, path: &str) {
    let script = Script::new([panics("boom"), ok(1)]);
    let panic = catch_unwind(AssertUnwindSafe(|| call(script.clone()))).unwrap_err();
    assert_eq!(message(&*panic), "boom");
    assert_eq!(call(script.clone()), Ok(1), "neither the breaker nor the worker is poisoned");
    let stats = breaker(name).stats();
    assert_eq!((stats.state, stats.total_failures, stats.total_successes), (CircuitState::Closed, 1, 1));
    assert_eq!((stats.total_calls, stats.cancelled), (2, 0));
    let limit = registry().timeout(path).unwrap().stats();
    assert_eq!((limit.completed, limit.timed_out, limit.abandoned), (2, 0, 0));
    let calls = calls_of(path);
    assert_eq!((calls.successes, calls.failures, calls.in_flight), (1, 1, 0));
    let retry = registry().retry(path).unwrap().stats();
    assert_eq!((retry.calls, retry.not_retryable, retry.retries), (2, 1, 0));
}

#[test]
fn a_panic_on_a_worker_reaches_the_caller_through_the_layers_outside() {
    survives(outside, "panics::threads::outside", concat!(module_path!(), "::outside"));
}

#[test]
fn a_panic_on_a_worker_reaches_the_caller_through_the_layers_inside() {
    survives(inside, "panics::threads::inside", concat!(module_path!(), "::inside"));
}

#[circuit_breaker(name = "panics::threads::late", failure_threshold = 1, recovery_timeout = "1ms")]
#[timeout("100ms")]
fn late(gate: Option<Arc<Barrier>>) -> Reply {
    let Some(gate) = gate else { return Ok(1) };
    gate.wait();
    panic!("nobody waits for this any more")
}

#[test]
fn a_panic_of_a_body_that_was_left_behind_harms_nobody() {
    let gate = Arc::new(Barrier::new(2));
    assert!(is_timeout(&late(Some(Arc::clone(&gate)))));
    let limit = registry().timeout(concat!(module_path!(), "::late")).unwrap();
    assert_eq!(limit.stats().abandoned, 1);
    gate.wait();
    eventually(|| limit.stats().abandoned == 0);
    eventually(|| breaker("panics::threads::late").state() != CircuitState::Open);
    assert_eq!(late(None), Ok(1));
    assert_eq!(breaker("panics::threads::late").stats().total_failures, 1, "counted once, as a time-out");
}
