//! A panic goes on unwinding unchanged, gives back what was held, and leaves the next call unharmed.
#![cfg(feature = "macros")]
#![allow(clippy::disallowed_types, clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]

#[macro_use]
#[path = "../support/mod.rs"]
mod support;

mod body;
mod callbacks;
mod places;
mod threads;

use resilience::{CallStats, CircuitBreaker, registry};
use support::Case;

fn calls_of(path: &str) -> CallStats {
    let functions = registry().inventory();
    functions.iter().find(|function| function.path() == path).expect("it is in the inventory").stats()
}

fn breaker(name: &str) -> CircuitBreaker {
    registry().circuit_breaker(name).unwrap()
}

/// Every layer has counted every call, and nothing is in flight.
fn conserved(case: &Case) {
    let calls = calls_of(case.name);
    assert_eq!(calls.in_flight, 0, "{calls:?}");
    assert_eq!(calls.calls, calls.successes + calls.failures + calls.ignored + calls.cancelled, "{calls:?}");
    if let Some(breaker) = registry().circuit_breaker(case.name) {
        let stats = breaker.stats();
        let parts = stats.total_successes + stats.total_failures + stats.ignored + stats.rejected + stats.cancelled;
        assert_eq!((stats.total_calls, stats.cancelled), (parts, 0), "{stats:?}");
    }
    if let Some(retry) = registry().retry(case.name) {
        assert_eq!((retry.stats().calls, retry.stats().cancelled), (calls.calls, 0));
    }
}
