//! Every row of the metrics, through a recorder that can be read back.
#![cfg(all(feature = "macros", feature = "metrics"))]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use metrics_util::MetricKind;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use resilience::{CircuitBreaker, Error, KeyedCircuitBreaker, Registry, circuit_breaker, fallback, retry, timeout};

type Labels = BTreeMap<String, String>;

/// What a recorder holds.
struct Page(BTreeMap<(String, Labels), (MetricKind, DebugValue)>);

impl Page {
    fn of(recorder: &DebuggingRecorder) -> Self {
        let snapshot = recorder.snapshotter().snapshot().into_vec();
        Self(
            snapshot
                .into_iter()
                .map(|(key, unit, description, value)| {
                    let (kind, key) = key.into_parts();
                    assert!(description.is_some(), "{} is described", key.name());
                    assert!(!key.name().contains("seconds") || unit.is_some_and(|unit| unit.as_str() == "seconds"));
                    let labels = key.labels().map(|label| (label.key().to_owned(), label.value().to_owned())).collect();
                    ((key.name().to_owned(), labels), (kind, value))
                })
                .collect(),
        )
    }

    fn get(&self, metric: &str, labels: &[(&str, &str)]) -> &DebugValue {
        let wanted = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let found = self.0.get(&(metric.to_owned(), wanted));
        &found.unwrap_or_else(|| panic!("{metric} {labels:?} is missing")).1
    }

    fn counter(&self, metric: &str, labels: &[(&str, &str)]) -> u64 {
        match self.get(metric, labels) {
            DebugValue::Counter(count) => *count,
            other => panic!("{metric} is {other:?}"),
        }
    }

    fn gauge(&self, metric: &str, labels: &[(&str, &str)]) -> f64 {
        match self.get(metric, labels) {
            DebugValue::Gauge(value) => value.into_inner(),
            other => panic!("{metric} is {other:?}"),
        }
    }

    fn histogram(&self, metric: &str, labels: &[(&str, &str)]) -> Vec<f64> {
        match self.get(metric, labels) {
            DebugValue::Histogram(values) => values.iter().map(|value| value.into_inner()).collect(),
            other => panic!("{metric} is {other:?}"),
        }
    }

    /// The label sets of a metric, without the name, among the rows of `name`.
    fn combinations(&self, metric: &str, name: &str) -> BTreeSet<Vec<&str>> {
        let rows =
            self.0.keys().filter(|(known, labels)| known == metric && labels.get("name").is_some_and(|n| n == name));
        rows.map(|(_, labels)| {
            labels.iter().filter(|(key, _)| *key != "name").map(|(_, value)| value.as_str()).collect()
        })
        .collect()
    }
}

fn publish() -> Page {
    let recorder = DebuggingRecorder::new();
    metrics::with_local_recorder(&recorder, resilience::metrics::publish);
    Page::of(&recorder)
}

fn publish_registry(registry: &Registry) -> Page {
    let recorder = DebuggingRecorder::new();
    metrics::with_local_recorder(&recorder, || resilience::metrics::publish_registry(registry));
    Page::of(&recorder)
}

fn path(name: &str) -> String {
    format!("{}::{name}", module_path!())
}

fn product<'a>(one: &[&'a str], two: &[&'a str]) -> BTreeSet<Vec<&'a str>> {
    one.iter().flat_map(|a| two.iter().map(move |b| vec![*a, *b])).collect()
}

fn singles<'a>(values: &[&'a str]) -> BTreeSet<Vec<&'a str>> {
    values.iter().map(|value| vec![*value]).collect()
}

#[fallback(|_| Ok(0))]
#[retry(max_attempts = 2, base_delay = "10ms", budget = 0.5)]
#[circuit_breaker(name = "metrics_never", slow_call_duration = "1s", failure_threshold = 5)]
#[timeout("1s")]
#[allow(dead_code)]
async fn never_called() -> Result<u32, Error> {
    Ok(1)
}

#[test]
fn every_row_and_every_combination_is_there_before_the_first_call() {
    let page = publish();
    let name = path("never_called");
    let outcomes = ["success", "failure", "ignored", "cancelled"];
    let results = ["success", "not_retryable", "max_attempts", "max_duration", "budget_exhausted", "cancelled"];
    let states = ["closed", "open", "half_open", "forced_open", "disabled", "metrics_only"];
    // The labels are in alphabetical order.
    for (metric, name, expected) in [
        ("resilience_calls_total", &*name, product(&["applied", "not_applied", "none"], &outcomes)),
        ("resilience_call_duration_seconds", &name, singles(&outcomes)),
        ("resilience_in_flight", &name, BTreeSet::from([vec![]])),
        ("resilience_retry_calls_total", &name, product(&results, &["true", "false"])),
        ("resilience_retry_attempts_total", &name, BTreeSet::from([vec![]])),
        ("resilience_retry_backoff_seconds_total", &name, BTreeSet::from([vec![]])),
        ("resilience_retry_budget_tokens", &name, BTreeSet::from([vec![]])),
        ("resilience_retry_budget_ratio", &name, BTreeSet::from([vec![]])),
        ("resilience_timeout_calls_total", &name, singles(&["true", "false"])),
        (
            "resilience_breaker_calls_total",
            "metrics_never",
            singles(&["success", "failure", "slow", "ignored", "rejected"]),
        ),
        ("resilience_breaker_state", "metrics_never", singles(&states)),
        ("resilience_breaker_state_seconds_total", "metrics_never", singles(&states)),
        ("resilience_breaker_failure_ratio", "metrics_never", BTreeSet::from([vec![]])),
        ("resilience_breaker_slow_ratio", "metrics_never", BTreeSet::from([vec![]])),
        ("resilience_breaker_window_calls", "metrics_never", BTreeSet::from([vec![]])),
        ("resilience_breaker_mean_latency_seconds", "metrics_never", BTreeSet::from([vec![]])),
        ("resilience_fallback_calls_total", &name, singles(&["success", "failure", "cancelled"])),
    ] {
        assert_eq!(page.combinations(metric, name), expected, "{metric}");
    }
    let transitions = page.combinations("resilience_breaker_transitions_total", "metrics_never");
    for (from, to, reason) in [
        ("closed", "open", "consecutive"),
        ("closed", "open", "failure_rate"),
        ("closed", "open", "slow_rate"),
        ("closed", "open", "mean_latency"),
        ("half_open", "open", "probe_failed"),
        ("closed", "forced_open", "manual"),
        ("forced_open", "closed", "manual"),
    ] {
        assert!(transitions.contains(&vec![from, reason, to]), "{from} {to} {reason}");
    }
    page.counter("resilience_events_dropped_total", &[]);
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    assert_eq!(page.gauge("resilience_build_info", &version), 1.0);
}

#[test]
fn there_is_no_label_that_is_not_a_name_or_an_enum() {
    let known =
        ["name", "outcome", "fallback", "retried", "result", "timed_out", "state", "from", "to", "reason", "version"];
    for (metric, labels) in publish().0.keys() {
        assert!(labels.keys().all(|label| known.contains(&label.as_str())), "{metric} {labels:?}");
    }
}

#[fallback(|_| Ok(0), when = |e: &Error| matches!(e, Error::Timeout(_)))]
#[retry(name = "metrics_retry", max_attempts = 3, base_delay = "1500ms", jitter = none)]
#[circuit_breaker(name = "metrics_breaker", failure_threshold = 100)]
#[timeout(duration = "2s", name = "metrics_timeout")]
async fn busy(took: Duration, result: Result<u32, Error>) -> Result<u32, Error> {
    tokio::time::sleep(took).await;
    result.clone()
}

#[tokio::test(start_paused = true)]
async fn counters_agree_with_the_policies() {
    let refused = || Err(Error::rate_limited("upstream", None));
    busy(Duration::from_millis(20), Ok(1)).await.unwrap();
    busy(Duration::from_millis(20), refused()).await.unwrap_err();
    busy(Duration::from_secs(60), Ok(1)).await.unwrap();
    let page = publish();
    let name = path("busy");
    let calls = |outcome, fallback| {
        page.counter("resilience_calls_total", &[("name", &name), ("outcome", outcome), ("fallback", fallback)])
    };
    assert_eq!(
        (calls("success", "not_applied"), calls("failure", "not_applied"), calls("success", "applied")),
        (1, 1, 1)
    );
    assert_eq!((calls("success", "none"), calls("cancelled", "not_applied")), (0, 0));
    assert_eq!(page.gauge("resilience_in_flight", &[("name", &name)]), 0.0);

    let registry = resilience::registry();
    let breaker = registry.circuit_breaker("metrics_breaker").unwrap().stats();
    let breaker_calls =
        |result| page.counter("resilience_breaker_calls_total", &[("name", "metrics_breaker"), ("result", result)]);
    assert_eq!(breaker_calls("success"), breaker.total_successes);
    assert_eq!(breaker_calls("failure"), breaker.total_failures);
    assert_eq!(breaker_calls("rejected"), breaker.rejected);
    assert_eq!((breaker.total_successes, breaker.total_failures), (1, 6));
    assert_eq!(page.gauge("resilience_breaker_window_calls", &[("name", "metrics_breaker")]), 7.0);
    assert!((page.gauge("resilience_breaker_failure_ratio", &[("name", "metrics_breaker")]) - 6.0 / 7.0).abs() < 1e-9);
    assert_eq!(page.gauge("resilience_breaker_state", &[("name", "metrics_breaker"), ("state", "closed")]), 1.0);

    let retry = registry.retry("metrics_retry").unwrap().stats();
    let exhausted = [("name", "metrics_retry"), ("retried", "true"), ("result", "max_attempts")];
    assert_eq!(page.counter("resilience_retry_calls_total", &exhausted), retry.max_attempts_reached);
    assert_eq!(
        page.counter("resilience_retry_attempts_total", &[("name", "metrics_retry")]),
        retry.calls + retry.retries
    );
    assert_eq!(retry.calls + retry.retries, 7);
    let whole_seconds = page.counter("resilience_retry_backoff_seconds_total", &[("name", "metrics_retry")]);
    assert_eq!(whole_seconds, 9, "two calls, each of which waits 1.5 s and 3 s");

    let timeout = registry.timeout("metrics_timeout").unwrap().stats();
    let timed_out =
        |value| page.counter("resilience_timeout_calls_total", &[("name", "metrics_timeout"), ("timed_out", value)]);
    assert_eq!((timed_out("true"), timed_out("false")), (timeout.timed_out, timeout.completed));
    assert_eq!((timeout.timed_out, timeout.completed), (3, 4));

    assert_eq!(page.counter("resilience_fallback_calls_total", &[("name", &name), ("result", "success")]), 1);
}

#[retry(max_attempts = 1)]
async fn timed(took: Duration) -> Result<(), Error> {
    tokio::time::sleep(took).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_durations_add_up_whoever_listens_and_however_often() {
    let name = path("timed");
    let labels = [("name", &*name), ("outcome", "success")];
    let durations = |page: &Page| page.histogram("resilience_call_duration_seconds", &labels);
    timed(Duration::from_millis(30)).await.unwrap();
    timed(Duration::from_millis(40)).await.unwrap();
    let recorder = DebuggingRecorder::new();
    metrics::with_local_recorder(&recorder, resilience::metrics::publish);
    timed(Duration::from_secs(3)).await.unwrap();
    metrics::with_local_recorder(&recorder, resilience::metrics::publish);
    metrics::with_local_recorder(&recorder, resilience::metrics::publish);
    let heard = durations(&Page::of(&recorder));
    assert_eq!(heard.len(), 3, "each call once: {heard:?}");
    assert!((heard.iter().sum::<f64>() - 3.07).abs() < 1e-6, "{heard:?}");
    assert!(heard.iter().filter(|seconds| **seconds > 0.025 && **seconds <= 0.05).count() == 2, "{heard:?}");

    // New recorders hear of all calls, also those that take the place of an older one.
    for _ in 0..3 {
        assert_eq!(durations(&publish()).len(), 3);
    }
    let empty = publish();
    assert!(empty.histogram("resilience_call_duration_seconds", &[("name", &name), ("outcome", "failure")]).is_empty());
}

#[retry(max_attempts = 1)]
async fn scraped(took: Duration) -> Result<(), Error> {
    tokio::time::sleep(took).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn prometheus_shows_exact_buckets_and_an_exact_sum() {
    for millis in [1, 3, 30, 40, 20_000] {
        scraped(Duration::from_millis(millis)).await.unwrap();
    }
    let durations = Matcher::Full("resilience_call_duration_seconds".to_owned());
    let buckets = &resilience::metrics::DURATION_BUCKETS;
    let builder = PrometheusBuilder::new().set_buckets_for_metric(durations, buckets).unwrap();
    let recorder = builder.build_recorder();
    metrics::with_local_recorder(&recorder, resilience::metrics::publish);
    let text = recorder.handle().render();
    let name = path("scraped");
    let value = |row: &str| {
        let line = text.lines().find(|line| line.starts_with(row) && line.contains(&*name) && line.contains("success"));
        line.unwrap_or_else(|| panic!("{row} is missing")).rsplit(' ').next().unwrap().parse::<f64>().unwrap()
    };
    let bucket = |bound: &str| {
        let mut lines = text.lines().filter(|line| line.contains(&*name) && line.contains("success"));
        let line = lines.find(|line| line.contains(&format!("le=\"{bound}\""))).unwrap();
        line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    assert_eq!(["0.001", "0.0025", "0.005", "0.025", "0.05", "10", "+Inf"].map(bucket), [1, 1, 2, 2, 4, 4, 5]);
    assert_eq!(value("resilience_call_duration_seconds_count"), 5.0);
    assert!((value("resilience_call_duration_seconds_sum") - 20.074).abs() < 1e-6);
    assert!(text.contains("# TYPE resilience_call_duration_seconds histogram"));
    assert!(text.contains("# TYPE resilience_breaker_calls_total counter"));
}

struct Orders;
struct Invoices;

impl Orders {
    #[retry(max_attempts = 1)]
    fn load() -> Result<(), Error> {
        Ok(())
    }
}

impl Invoices {
    #[retry(max_attempts = 1)]
    fn load() -> Result<(), Error> {
        Ok(())
    }
}

#[test]
fn two_methods_of_one_path_have_rows_of_their_own() {
    Orders::load().unwrap();
    Invoices::load().unwrap();
    Invoices::load().unwrap();
    let page = publish();
    let path = path("load");
    for (name, calls) in [(path.clone(), 1), (format!("{path}~2"), 2)] {
        let labels = [("name", &*name), ("outcome", "success"), ("fallback", "none")];
        assert_eq!(page.counter("resilience_calls_total", &labels), calls);
        let labels = [("name", &*name), ("retried", "false"), ("result", "success")];
        assert_eq!(page.counter("resilience_retry_calls_total", &labels), calls);
    }
}

#[test]
fn a_keyed_breaker_is_one_row_whatever_its_keys() {
    let registry = Registry::new();
    let family = KeyedCircuitBreaker::new(CircuitBreaker::builder("tenants").failure_threshold(1), 100).unwrap();
    let family = registry.register(family);
    for tenant in 0..10 {
        let _ = family.get(&tenant).call(|| if tenant < 3 { Err(std::io::Error::other("down")) } else { Ok(()) });
    }
    let page = publish_registry(&registry);
    let names: BTreeSet<_> = page.0.keys().filter_map(|(_, labels)| labels.get("name")).collect();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["tenants"]);
    let state = |state| page.gauge("resilience_breaker_state", &[("name", "tenants"), ("state", state)]);
    assert_eq!((state("open"), state("closed"), state("half_open")), (3.0, 7.0, 0.0));
    let calls = |result| page.counter("resilience_breaker_calls_total", &[("name", "tenants"), ("result", result)]);
    assert_eq!((calls("success"), calls("failure")), (7, 3));
    let opened = [("name", "tenants"), ("from", "closed"), ("to", "open"), ("reason", "consecutive")];
    assert_eq!(page.counter("resilience_breaker_transitions_total", &opened), 3);
}

#[test]
fn time_in_a_state_and_transitions_are_counted() {
    let clock = resilience::clock::manual();
    let registry = Registry::new();
    let breaker = registry.register(CircuitBreaker::builder("b").build().unwrap());
    clock.advance(Duration::from_millis(2500));
    breaker.force_open();
    clock.advance(Duration::from_millis(1600));
    let page = publish_registry(&registry);
    let seconds = |state| page.counter("resilience_breaker_state_seconds_total", &[("name", "b"), ("state", state)]);
    assert_eq!((seconds("closed"), seconds("forced_open"), seconds("open")), (2, 1, 0));
    let forced = [("name", "b"), ("from", "closed"), ("to", "forced_open"), ("reason", "manual")];
    assert_eq!(page.counter("resilience_breaker_transitions_total", &forced), 1);
    let state = |state| page.gauge("resilience_breaker_state", &[("name", "b"), ("state", state)]);
    assert_eq!((state("forced_open"), state("closed")), (1.0, 0.0));
}

#[test]
fn lost_events_are_counted() {
    let registry = Registry::new();
    let breaker = registry.register(CircuitBreaker::builder("flapping").build().unwrap());
    let mut events = registry.subscribe();
    for _ in 0..600 {
        breaker.force_open();
        breaker.force_closed();
    }
    let _ = events.try_recv();
    assert_eq!(publish_registry(&registry).counter("resilience_events_dropped_total", &[]), 1200 - 1024);
}

#[test]
fn publishing_without_a_recorder_does_nothing() {
    resilience::metrics::publish();
    resilience::metrics::publish_registry(&Registry::new());
}

#[tokio::test(start_paused = true)]
async fn a_publisher_publishes_at_once_and_on_its_timer_until_it_is_stopped() {
    let recorder = DebuggingRecorder::new();
    let _installed = metrics::set_default_local_recorder(&recorder);
    let publisher = resilience::metrics::spawn_publisher(Duration::from_secs(10));
    let built = |page: &Page| page.gauge("resilience_build_info", &[("version", env!("CARGO_PKG_VERSION"))]);
    tokio::time::sleep(Duration::from_millis(1)).await;
    // Reading takes the values out of this recorder: they are back only if they are published again.
    assert_eq!(built(&Page::of(&recorder)), 1.0);
    assert_eq!(built(&Page::of(&recorder)), 0.0);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(built(&Page::of(&recorder)), 1.0);
    publisher.stop();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(publisher.is_stopped());
    assert_eq!(built(&Page::of(&recorder)), 0.0);
}
