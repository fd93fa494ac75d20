//! What is known before anything was called.

use resilience::{CircuitState, Error, circuit_breaker, fallback, retry, timeout};

use super::function;

#[fallback(nothing)]
#[retry(max_attempts = 4, budget = "registry_test_budget")]
#[circuit_breaker(name = "never_called", failure_threshold = 7, recovery_timeout = "1m")]
#[timeout("2s")]
#[allow(dead_code)]
async fn never_called(_id: u32) -> Result<u32, Error> {
    Ok(1)
}

#[allow(dead_code)]
fn nothing() -> Result<u32, Error> {
    Ok(0)
}

#[test]
fn the_inventory_lists_the_function_with_its_layers_outermost_first() {
    let function = function("before_the_first_call::never_called");
    assert!(function.file().ends_with("before_the_first_call.rs") && function.line() > 1);
    let kinds: Vec<_> = function.layers().iter().map(|layer| layer.kind()).collect();
    assert_eq!(kinds, ["fallback", "retry", "circuit_breaker", "timeout"]);
    assert_eq!(function.layers()[1].name(), function.path());
    assert!(function.layers()[1].options().contains(&("max_attempts", "4")));
    assert_eq!(function.layers()[2].name(), "never_called");
    assert!(function.layers()[2].options().contains(&("failure_threshold", "7")));
    assert_eq!(function.layers()[3].options(), [("duration", "2s")]);
}

#[test]
fn every_policy_can_be_looked_up() {
    let registry = resilience::registry();
    let breaker = registry.circuit_breaker("never_called").unwrap();
    assert_eq!((breaker.state(), breaker.stats().failure_threshold), (CircuitState::Closed, Some(7)));
    let path = function("before_the_first_call::never_called").path();
    assert_eq!(registry.retry(path).unwrap().name(), path);
    assert_eq!(registry.timeout(path).unwrap().name(), path);
    assert_eq!(registry.fallback(path).unwrap().name(), path);
    assert_eq!(registry.budget("registry_test_budget").unwrap().name(), "registry_test_budget");
    assert!(registry.circuit_breaker("no such breaker").is_none());
}

#[test]
fn the_inventory_is_sorted_by_place() {
    let inventory = resilience::registry().inventory();
    assert!(inventory.is_sorted_by_key(|function| (function.file(), function.line())));
}
