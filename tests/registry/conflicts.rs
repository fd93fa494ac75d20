//! One name, two configurations; one default name, two functions.

use resilience::{CircuitBreaker, Error, EventKind, PolicyKind, Registry, circuit_breaker, retry};

use super::function;

#[circuit_breaker(name = "contested", failure_threshold = 3)]
fn first() -> Result<(), Error> {
    Ok(())
}

#[circuit_breaker(name = "contested", failure_threshold = 9)]
fn second() -> Result<(), Error> {
    Ok(())
}

#[circuit_breaker(name = "agreed", failure_threshold = 3)]
fn agreed() -> Result<(), Error> {
    Ok(())
}

#[circuit_breaker(name = "agreed", failure_threshold = 1 + 2)]
fn agreed_too() -> Result<(), Error> {
    Ok(())
}

#[test]
fn two_configurations_of_one_name_are_listed_and_told_at_the_call() {
    let registry = resilience::registry();
    let conflicts = registry.validate();
    let conflict = conflicts.iter().find(|conflict| conflict.name.as_str() == "contested").unwrap();
    assert_eq!(conflict.policy, PolicyKind::CircuitBreaker);
    assert_eq!(conflict.options, ["failure_threshold"]);
    assert_eq!(conflict.standing.line(), function("conflicts::first").line());
    assert_eq!(conflict.ignored.line(), function("conflicts::second").line());
    assert!(conflict.ignored.file().ends_with("conflicts.rs"));

    let mut events = registry.subscribe();
    first().unwrap();
    second().unwrap();
    second().unwrap();
    let told = std::iter::from_fn(|| events.try_recv().ok())
        .filter(|event| event.name() == "contested" && matches!(event.kind(), EventKind::Conflict { .. }));
    assert_eq!(told.count(), 1);
    assert_eq!(registry.circuit_breaker("contested").unwrap().stats().failure_threshold, Some(3));
    assert_eq!(registry.circuit_breaker("contested").unwrap().stats().total_calls, 3, "they share it");
}

#[test]
fn the_same_options_are_no_conflict_however_they_are_written() {
    agreed().unwrap();
    agreed_too().unwrap();
    assert!(resilience::registry().validate().iter().all(|conflict| conflict.name.as_str() != "agreed"));
}

struct Orders;
struct Invoices;

impl Orders {
    #[retry(max_attempts = 2, base_delay = "1ms")]
    fn load() -> Result<(), u8> {
        Err(1)
    }
}

impl Invoices {
    #[retry(max_attempts = 5, base_delay = "1ms")]
    fn load() -> Result<(), u8> {
        Err(2)
    }
}

#[test]
fn two_methods_of_one_path_have_a_policy_each() {
    // Which of the two is the first must not depend on which is called first.
    let _ = (Invoices::load(), Orders::load());
    let registry = resilience::registry();
    let path = format!("{}::load", module_path!());
    assert_eq!(registry.retry(&path).unwrap().stats().retries, 1);
    assert_eq!(registry.retry(&format!("{path}~2")).unwrap().stats().retries, 4);
    assert!(registry.validate().iter().all(|conflict| conflict.policy != PolicyKind::Retry));
}

#[test]
fn a_policy_registered_by_hand_can_be_in_conflict_too() {
    let registry = Registry::new();
    let build = |threshold| CircuitBreaker::builder("jira").failure_threshold(threshold).build().unwrap();
    let mut events = registry.subscribe();
    registry.register(build(3));
    registry.register(build(3));
    assert!(registry.validate().is_empty());
    let standing = registry.register(build(4));
    assert_eq!(standing.stats().failure_threshold, Some(3));
    assert_eq!(registry.validate().len(), 1);
    assert!(
        matches!(events.try_recv().unwrap().kind(), EventKind::Conflict { origin, .. } if origin.as_str().contains("conflicts.rs:"))
    );
}
