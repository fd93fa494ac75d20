//! The registry through the facade: what it knows before the first call, what it says of conflicts, and the documents
//! it writes.
#![cfg(feature = "macros")]

use std::collections::BTreeSet;
use std::time::Duration;

use resilience::{
    Budget, CircuitBreaker, CircuitState, Error, EventKind, Fallback, PolicyKind, Registry, Retry, Timeout,
    circuit_breaker, fallback, retry, timeout,
};
use serde_json::{Value, json};

fn keys(object: &Value) -> BTreeSet<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

fn function(name: &str) -> &'static resilience::Function {
    let path = format!("{}::{name}", module_path!());
    resilience::registry().inventory().into_iter().find(|function| function.path() == path).unwrap()
}

mod before_the_first_call {
    use super::*;

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
        assert!(function.file().ends_with("registry.rs") && function.line() > 1);
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
        assert_eq!((breaker.state(), breaker.stats().failure_threshold), (CircuitState::Closed, 7));
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
}

mod handles {
    use super::*;

    #[circuit_breaker(name = "steered", failure_threshold = 1)]
    fn steered() -> Result<(), Error> {
        Ok(())
    }

    #[circuit_breaker(name = "per_tenant", key = tenant, failure_threshold = 1)]
    fn per_tenant(tenant: &str) -> Result<(), Error> {
        Ok(())
    }

    #[test]
    fn a_breaker_that_is_looked_up_steers_the_function() {
        let breaker = resilience::registry().circuit_breaker("steered").unwrap();
        breaker.force_open();
        assert!(matches!(steered(), Err(Error::CircuitOpen(_))));
        breaker.force_closed();
        assert_eq!(steered(), Ok(()));
        assert_eq!((breaker.stats().rejected, breaker.stats().total_successes), (1, 1));
    }

    #[test]
    fn the_breaker_of_one_key_is_looked_up_by_its_name() {
        let registry = resilience::registry();
        per_tenant("acme").unwrap();
        registry.circuit_breaker("per_tenant[acme]").unwrap().force_open();
        assert!(per_tenant("acme").is_err());
        assert!(per_tenant("zeta").is_ok());
        assert!(registry.circuit_breaker("per_tenant[nobody]").is_none());
    }

    #[retry(max_attempts = tries, base_delay = "1ms")]
    fn dynamic(tries: u32) -> Result<(), u32> {
        Err(tries)
    }

    #[test]
    fn options_that_need_the_arguments_are_known_from_the_first_call_on() {
        let path = function("handles::dynamic").path();
        assert!(resilience::registry().retry(path).is_none());
        let _ = dynamic(2);
        assert_eq!(resilience::registry().retry(path).unwrap().stats().retries, 1);
    }
}

mod conflicts {
    use super::*;

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
        assert!(conflict.ignored.file().ends_with("registry.rs"));

        let mut events = registry.subscribe();
        first().unwrap();
        second().unwrap();
        second().unwrap();
        let told = std::iter::from_fn(|| events.try_recv().ok())
            .filter(|event| event.name() == "contested" && matches!(event.kind(), EventKind::Conflict { .. }));
        assert_eq!(told.count(), 1);
        assert_eq!(registry.circuit_breaker("contested").unwrap().stats().failure_threshold, 3);
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
        let lines: Vec<_> = registry.inventory().into_iter().filter(|f| f.path() == path).map(|f| f.line()).collect();
        let [_, invoices] = lines[..] else { panic!("{lines:?}") };
        assert_eq!(registry.retry(&path).unwrap().stats().retries, 1);
        assert_eq!(registry.retry(&format!("{path}:{invoices}")).unwrap().stats().retries, 4);
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
        assert_eq!(standing.stats().failure_threshold, 3);
        assert_eq!(registry.validate().len(), 1);
        assert!(
            matches!(events.try_recv().unwrap().kind(), EventKind::Conflict { origin, .. } if origin.as_str().contains("registry.rs:"))
        );
    }
}

mod documents {
    use super::*;

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
        assert_eq!(
            keys(&snapshot),
            BTreeSet::from(["circuit_breakers", "retries", "timeouts", "fallbacks", "budgets"])
        );
        assert_eq!(keys(&snapshot["circuit_breakers"]), BTreeSet::from(["jira_api", "mail"]));
        assert_eq!(keys(&snapshot["budgets"]), BTreeSet::from(["shared", "night"]));
        assert_eq!(keys(&snapshot["timeouts"]), BTreeSet::from(["search"]));
        let jira = &snapshot["circuit_breakers"]["jira_api"];
        let promised = json!({
            "state": "closed", "failure_count": 0, "failure_threshold": 5, "success_count": 0, "success_threshold": 2,
            "opened_at": null, "last_failure_time": null, "retry_after": null,
            "total_calls": 0, "total_failures": 0, "rejected": 0, "slow": 0, "abandoned": 0,
        });
        for (key, value) in promised.as_object().unwrap() {
            assert_eq!(&jira[key], value, "{key}");
        }
        assert!(jira["failure_rate"].is_number() && jira["average_latency"].is_number());
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
                    "success_count": 0, "success_threshold": 2, "health_percentage": 100.0,
                },
                {
                    "name": "mail", "state": "forced_open", "failure_count": 0, "failure_threshold": 5,
                    "success_count": 0, "success_threshold": 1, "health_percentage": 0.0,
                },
            ])
        );
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
    fn an_isolated_registry_knows_nothing_of_the_functions() {
        let registry = Registry::new();
        assert!(registry.inventory().is_empty());
        assert!(registry.circuit_breakers().is_empty());
        assert_eq!(registry.health().health_percentage, 100.0);
    }
}

mod calls {
    use super::*;

    #[fallback(|_| Ok(0), when = |e: &Error| e.policy() == PolicyKind::RateLimit)]
    #[circuit_breaker(name = "calls", failure_threshold = 100, ignore_if = |e: &Error| e.policy() == PolicyKind::Bulkhead)]
    async fn call(result: Result<u32, Error>) -> Result<u32, Error> {
        tokio::task::yield_now().await;
        result
    }

    #[tokio::test]
    async fn each_function_counts_how_its_calls_end() {
        let function = function("calls::call");
        call(Ok(1)).await.unwrap();
        call(Err(Error::rate_limited("x", None))).await.unwrap();
        {
            let mut dropped = std::pin::pin!(call(Ok(1)));
            assert!(futures_poll(dropped.as_mut()).is_pending());
            assert_eq!(function.stats().in_flight, 1);
        }
        let stats = function.stats();
        assert_eq!(
            (stats.total_calls, stats.success, stats.fell_back, stats.cancelled, stats.in_flight),
            (3, 2, 1, 1, 0)
        );
    }

    fn futures_poll<F: Future>(future: std::pin::Pin<&mut F>) -> std::task::Poll<F::Output> {
        future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_a_callers_timeout_drops_is_a_failure() {
        #[retry(max_attempts = 1)]
        async fn inner() -> Result<(), Error> {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(())
        }
        #[timeout("1s")]
        async fn outer() -> Result<(), Error> {
            inner().await
        }
        assert!(outer().await.is_err());
        let inventory = resilience::registry().inventory();
        let inner = inventory.iter().find(|function| function.path().ends_with("calls::inner")).unwrap();
        assert_eq!((inner.stats().failure, inner.stats().cancelled), (1, 0));
    }
}
