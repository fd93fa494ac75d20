//! What the registry writes for dashboards and probes.

use std::collections::BTreeSet;
use std::time::Duration;

use resilience::{
    Budget, CircuitBreaker, CircuitState, Fallback, HealthStatus, KeyedCircuitBreaker, Registry, Retry, Timeout,
};
use serde_json::{Value, json};

fn keys(object: &Value) -> BTreeSet<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

fn registry() -> Registry {
    let registry = Registry::new();
    let jira = CircuitBreaker::builder("jira_api").failure_threshold(5).success_threshold(2);
    registry.register(jira.build().unwrap());
    registry.register(CircuitBreaker::builder("mail").build().unwrap());
    registry.register(Retry::builder("search").budget("shared").build().unwrap());
    registry.register(Timeout::builder("search").duration(Duration::from_secs(1)).build().unwrap());
    registry.register(Fallback::new("search"));
    registry.register(Budget::builder("night").build().unwrap());
    registry
}

#[test]
fn the_snapshot_has_every_policy_by_kind_and_name() {
    let snapshot = serde_json::to_value(registry().snapshot()).unwrap();
    assert_eq!(keys(&snapshot), BTreeSet::from(["circuit_breakers", "retries", "timeouts", "fallbacks", "budgets"]));
    assert_eq!(keys(&snapshot["circuit_breakers"]), BTreeSet::from(["jira_api", "mail"]));
    assert_eq!(keys(&snapshot["budgets"]), BTreeSet::from(["shared", "night"]));
    assert_eq!(keys(&snapshot["timeouts"]), BTreeSet::from(["search"]));
    let jira = &snapshot["circuit_breakers"]["jira_api"];
    let promised = json!({
        "state": "closed", "failure_count": 0, "failure_threshold": 5, "success_count": 0, "success_threshold": 2,
        "opened_at": null, "last_failure_time": null, "retry_after_seconds": null, "average_latency_seconds": null,
        "total_calls": 0, "total_failures": 0, "rejected": 0, "slow": 0, "cancelled": 0,
        "failure_rate": 0.0, "slow_rate": null, "window_calls": 0,
    });
    for (key, value) in promised.as_object().unwrap() {
        assert_eq!(jira.get(key), Some(value), "{key}");
    }
}

#[test]
fn the_health_is_exactly_the_promised_document() {
    let registry = registry();
    let mut health = serde_json::to_value(registry.health()).unwrap();
    let timestamp = health["timestamp"].take();
    assert!(humantime::parse_rfc3339(timestamp.as_str().unwrap()).is_ok(), "{timestamp}");
    assert_eq!(
        health,
        json!({
            "status": "healthy", "timestamp": null, "total_circuits": 2,
            "circuits_by_state": {"closed": 2, "open": 0, "half_open": 0},
            "open_circuits": [], "health_percentage": 100.0,
        })
    );
    registry.circuit_breaker("jira_api").unwrap().force_open();
    registry.circuit_breaker("mail").unwrap().disable();
    let mut health = serde_json::to_value(registry.health()).unwrap();
    health["timestamp"].take();
    assert_eq!(
        health,
        json!({
            "status": "degraded", "timestamp": null, "total_circuits": 2,
            "circuits_by_state": {"closed": 1, "open": 1, "half_open": 0},
            "open_circuits": ["jira_api"], "health_percentage": 50.0,
        })
    );
    registry.circuit_breaker("mail").unwrap().force_open();
    assert_eq!(serde_json::to_value(registry.health()).unwrap()["status"], "critical");
}

#[test]
fn the_summary_has_a_line_for_each_breaker() {
    let registry = registry();
    registry.circuit_breaker("mail").unwrap().force_open();
    assert_eq!(
        serde_json::to_value(registry.summary()).unwrap(),
        json!([
            {
                "name": "jira_api", "state": "closed", "failure_count": 0, "failure_threshold": 5,
                "success_count": 0, "success_threshold": 2, "failure_rate": 0.0, "health_percentage": 100.0,
            },
            {
                "name": "mail", "state": "forced_open", "failure_count": 0, "failure_threshold": 5,
                "success_count": 0, "success_threshold": 1, "failure_rate": 0.0, "health_percentage": 0.0,
            },
        ])
    );
}

#[test]
fn a_family_is_one_circuit_with_the_counts_of_its_keys_beside_it() {
    let registry = registry();
    let tenants = CircuitBreaker::builder("tenant").failure_threshold(3).success_threshold(2);
    let tenants = registry.register(KeyedCircuitBreaker::new(tenants, 100).unwrap());
    let health = |registry: &Registry| {
        let mut health = serde_json::to_value(registry.health()).unwrap();
        health["timestamp"].take();
        health
    };
    let expected = |keys: Value| {
        json!({
            "status": "healthy", "timestamp": null, "total_circuits": 3,
            "circuits_by_state": {"closed": 3, "open": 0, "half_open": 0},
            "open_circuits": [], "keys": {"tenant": keys}, "health_percentage": 100.0,
        })
    };
    assert_eq!(health(&registry), expected(json!({"total": 0, "closed": 0, "open": 0, "half_open": 0})));

    (0..20).for_each(|key| tenants.get(&key).force_open());
    (20..40).for_each(|key| drop(tenants.get(&key)));
    assert_eq!(health(&registry), expected(json!({"total": 40, "closed": 20, "open": 20, "half_open": 0})));
    tenants.get(&20).try_acquire().unwrap().failure();
    tenants.get(&20).try_acquire().unwrap().failure();
    tenants.get(&21).try_acquire().unwrap().failure();
    tenants.get(&22).try_acquire().unwrap().success();
    assert_eq!(
        serde_json::to_value(registry.summary()).unwrap()[2],
        json!({
            "name": "tenant", "state": "closed", "failure_count": 2, "failure_threshold": 3,
            "success_count": 0, "success_threshold": 2, "failure_rate": 0.75, "health_percentage": 100.0,
            "keys": {"total": 40, "closed": 20, "open": 20, "half_open": 0},
        })
    );

    tenants.get(&21).force_open();
    let open = registry.health();
    assert_eq!(
        (open.status, open.total_circuits, open.open_circuits),
        (HealthStatus::Degraded, 3, vec!["tenant".into()])
    );
    assert_eq!(registry.summary()[2].state, CircuitState::Open);
}

#[test]
fn keys_that_are_made_up_do_not_turn_the_health_critical() {
    let registry = registry();
    let each = CircuitBreaker::builder("tenant").failure_threshold(1);
    let tenants = registry.register(KeyedCircuitBreaker::new(each, 10_000).unwrap());
    for key in 0..5_000 {
        let _ = tenants.get(&key).call(|| Err::<(), _>(std::io::Error::other("no such tenant")));
    }
    let health = registry.health();
    assert_eq!((health.status, health.total_circuits), (HealthStatus::Degraded, 3));
    assert_eq!((health.keys["tenant"].open, health.open_circuits), (5_000, vec!["tenant".to_owned()]));
    assert!((health.health_percentage - 200.0 / 3.0).abs() < 1e-9);
}

#[test]
fn times_are_rfc_3339_in_utc() {
    let registry = registry();
    let breaker = registry.circuit_breaker("jira_api").unwrap();
    let _ = breaker.call(|| Err::<(), _>(std::io::Error::other("down")));
    breaker.force_open();
    let stats = serde_json::to_value(breaker.stats()).unwrap();
    for key in ["opened_at", "last_failure_time"] {
        let time = stats[key].as_str().unwrap();
        assert!(time.ends_with('Z') && humantime::parse_rfc3339(time).is_ok(), "{key}: {time}");
    }
}

#[test]
fn durations_carry_their_unit_in_the_name() {
    let clock = resilience::clock::manual();
    let registry = registry();
    let slow = CircuitBreaker::builder("slow").max_average_latency(Duration::from_secs(1)).window(1);
    let slow = registry.register(slow.slow_call_duration(Duration::from_secs(2)).build().unwrap());
    let answer = slow.call(|| {
        clock.advance(Duration::from_millis(1500));
        Ok::<_, resilience::Error>(1)
    });
    assert_eq!(answer, Ok(1));
    let stats = serde_json::to_value(slow.stats()).unwrap();
    assert_eq!((&stats["average_latency_seconds"], &stats["retry_after_seconds"]), (&json!(1.5), &json!(30.0)));
    let reason = json!({"rule": "mean_latency", "observed_seconds": 1.5, "threshold_seconds": 1.0});
    assert_eq!((&stats["reason"], &stats["slow_rate"]), (&reason, &json!(0.0)));

    let mail = registry.circuit_breaker("mail").unwrap();
    (0..5).for_each(|_| drop(mail.call(|| Err::<(), _>(std::io::Error::other("down")))));
    let reason = &serde_json::to_value(mail.stats()).unwrap()["reason"];
    assert_eq!(reason, &json!({"rule": "consecutive", "observed": 5.0, "threshold": 5.0}));
}

#[test]
fn what_belongs_to_a_rule_that_is_off_is_null() {
    let registry = Registry::new();
    registry.register(CircuitBreaker::builder("rate").failure_rate(0.5).build().unwrap());
    let family = CircuitBreaker::builder("rates").failure_rate(0.5);
    registry.register(KeyedCircuitBreaker::new(family, 100).unwrap());
    let stats = serde_json::to_value(registry.snapshot()).unwrap();
    assert_eq!(stats["circuit_breakers"]["rate"].get("failure_threshold"), Some(&Value::Null));
    let summary = serde_json::to_value(registry.summary()).unwrap();
    assert!((0..2).all(|row| summary[row].get("failure_threshold") == Some(&Value::Null)), "{summary}");
}

#[test]
fn an_isolated_registry_knows_nothing_of_the_functions() {
    let registry = Registry::new();
    assert!(registry.inventory().is_empty());
    assert!(registry.circuit_breakers().is_empty());
    assert_eq!(registry.health().health_percentage, 100.0);
}
