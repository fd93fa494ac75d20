//! What a recorder of metrics shows of policies that are removed.

use metrics_exporter_prometheus::PrometheusBuilder;
use resilience::{Budget, CircuitBreaker, Registry};

#[test]
fn totals_do_not_go_back_when_a_name_is_given_anew() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let publish = |registry: &Registry| {
        metrics::with_local_recorder(&recorder, || resilience::metrics::publish_registry(registry));
        let page = handle.render();
        let row = "resilience_breaker_calls_total{name=\"come and go\",result=\"success\"} ";
        page.lines().find_map(|line| line.strip_prefix(row)).map(|calls| calls.parse::<u64>().unwrap())
    };
    let registry = Registry::new();
    let called = |times: u64| {
        let breaker = registry.register(CircuitBreaker::builder("come and go").build().unwrap());
        (0..times).for_each(|_| breaker.call(|| Some(())).unwrap());
        breaker
    };
    let first = called(5);
    assert_eq!(publish(&registry), Some(5));
    registry.remove_circuit_breaker("come and go").unwrap();
    first.call(|| Some(())).unwrap();
    assert_eq!(publish(&registry), Some(5), "it is not published any more");
    assert_eq!(called(3).stats().total_calls, 3);
    assert_eq!(publish(&registry), Some(5), "the new one has not reached the old one");
    called(4);
    assert_eq!(publish(&registry), Some(7));
}

#[test]
fn the_gauges_of_what_is_gone_are_zero() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let (registry, other) = (Registry::new(), Registry::new());
    let publish = || {
        metrics::with_local_recorder(&recorder, || resilience::metrics::publish_registry(&registry));
        metrics::with_local_recorder(&recorder, || resilience::metrics::publish_registry(&other));
        handle.render()
    };
    for (registry, name) in [(&registry, "leaves"), (&registry, "stays"), (&other, "elsewhere")] {
        registry.register(CircuitBreaker::builder(name).build().unwrap()).force_open();
        registry.register(Budget::builder(name).build().unwrap());
    }
    let gauge = |page: &str, metric: &str, name: &str, more: &str| {
        let row = format!("{metric}{{name=\"{name}\"{more}}} ");
        let value = page.lines().find_map(|line| line.strip_prefix(&*row));
        value.unwrap_or_else(|| panic!("{row} is missing")).parse::<f64>().unwrap()
    };
    let is_open = |page: &str, name| gauge(page, "resilience_breaker_state", name, ",state=\"forced_open\"") == 1.0;
    let has_budget = |page: &str, name| gauge(page, "resilience_retry_budget_ratio", name, "") > 0.0;
    let page = publish();
    assert!(["leaves", "stays", "elsewhere"].iter().all(|name| is_open(&page, name) && has_budget(&page, name)));
    registry.retain(|_, name| name != "leaves");
    let page = publish();
    assert!(!is_open(&page, "leaves") && !has_budget(&page, "leaves"));
    assert!(["stays", "elsewhere"].iter().all(|name| is_open(&page, name) && has_budget(&page, name)));
}
