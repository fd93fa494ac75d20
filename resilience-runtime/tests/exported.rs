//! Every value that is exported is the one that `stats()` says. Also without virtual time, where few calls are timed.
#![cfg(feature = "metrics")]
#![allow(clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, pending};
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use resilience_runtime::__private as p;
use resilience_runtime::{
    Budget, CircuitBreaker, CircuitBreakerStats, CircuitState, Error, Fallback, Jitter, KeyedCircuitBreaker, Retry,
    Timeout, Verdict, metrics, registry,
};

const NAME: &str = "exported";

static SEARCH: p::Record<()> = p::Record::new(NAME, 0, &["#fallback", "path", "cached"], &[]);
p::enlist! { SEARCH }

/// What a recorder holds, and which of its metrics were looked at.
struct Page {
    rows: BTreeMap<(String, Vec<String>), DebugValue>,
    seen: RefCell<BTreeSet<String>>,
}

impl Page {
    fn of(recorder: &DebuggingRecorder) -> Self {
        let snapshot = recorder.snapshotter().snapshot().into_vec();
        let rows = snapshot.into_iter().map(|(key, _, _, value)| {
            let (_, key) = key.into_parts();
            let mut labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
            labels.sort();
            ((key.name().to_owned(), labels), value)
        });
        Self { rows: rows.collect(), seen: RefCell::default() }
    }

    /// The value of one row of ours.
    fn get(&self, metric: &str, labels: &[&str]) -> f64 {
        let name = format!("name={NAME}");
        let mut labels: Vec<_> = labels.iter().map(|label| (*label).to_owned()).chain([name]).collect();
        labels.sort();
        self.value(metric, labels)
    }

    #[allow(clippy::cast_precision_loss)]
    fn value(&self, metric: &str, labels: Vec<String>) -> f64 {
        self.seen.borrow_mut().insert(metric.to_owned());
        match &self.rows[&(metric.to_owned(), labels)] {
            DebugValue::Counter(count) => *count as f64,
            DebugValue::Gauge(value) => value.into_inner(),
            DebugValue::Histogram(values) => values.len() as f64,
        }
    }

    /// Counts are exact, shares are floating-point numbers on both sides.
    #[allow(clippy::cast_precision_loss)]
    fn check(&self, metric: &str, labels: &[&str], count: u64) {
        assert_eq!(self.get(metric, labels), count as f64, "{metric} {labels:?}");
    }

    fn check_close(&self, metric: &str, expected: f64) {
        let found = self.get(metric, &[]);
        assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{metric}: {found}, but stats() say {expected}");
    }
}

fn calls() {
    let frame = p::Frame::new();
    let enter = || p::Call::enter(&SEARCH.0, &frame);
    (0..5).for_each(|_| enter().succeed());
    enter().fail();
    let mut ignored = enter();
    ignored.judged(true);
    ignored.fail();
    for applied in [true, false] {
        let mut call = enter();
        call.fell_back();
        if applied { call.succeed() } else { call.fail() }
    }
    let mut cancelled = Box::pin(async {
        let frame = p::Frame::new();
        let mut call = p::Call::enter(&SEARCH.0, &frame);
        p::watch(&frame, pending::<()>()).await;
        call.succeed();
    });
    assert!(cancelled.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

fn check_calls(page: &Page) {
    let stats = SEARCH.0.stats();
    page.check("resilience_in_flight", &[], stats.in_flight);
    let mut fell_back = 0.0;
    for (outcome, count) in [
        ("outcome=success", stats.successes),
        ("outcome=failure", stats.failures),
        ("outcome=ignored", stats.ignored),
        ("outcome=cancelled", stats.cancelled),
    ] {
        let [applied, not_applied, none] = ["fallback=applied", "fallback=not_applied", "fallback=none"]
            .map(|fallback| page.get("resilience_calls_total", &[outcome, fallback]));
        assert_eq!((applied + not_applied, none), (count as f64, 0.0), "{outcome}");
        fell_back += applied;
        page.check("resilience_call_duration_seconds", &[outcome], count);
    }
    assert_eq!((fell_back, stats.fell_back, stats.in_flight), (2.0, 2, 1));
    assert_eq!((stats.successes, stats.failures, stats.ignored, stats.cancelled), (6, 2, 1, 1));
}

/// Calls that succeed at once, later and never, and some whose retry nothing pays for.
fn retries() -> Retry {
    let budget = Budget::builder(NAME).ratio(0.5).min_per_second(1.0).build().unwrap();
    let retry = Retry::builder(NAME).max_attempts(2).base_delay(Duration::from_millis(1)).jitter(Jitter::None);
    let retry = registry().register(retry.budget(budget).build().unwrap());
    (0..10).for_each(|_| retry.call(|| Ok::<_, &str>(())).unwrap());
    let mut down = [Err("once"), Ok(())].into_iter();
    let _ = retry.call(|| down.next().unwrap());
    // Two calls pay for a retry, and there is a little to begin with: soon nothing pays for the next one.
    (0..30).for_each(|_| assert!(retry.call(|| Err::<(), _>("down")).is_err()));
    retry
}

fn check_retries(page: &Page, retry: &Retry) {
    let stats = retry.stats();
    let either = |result: &str| {
        let row = |retried| page.get("resilience_retry_calls_total", &[&format!("result={result}"), retried]);
        row("retried=true") + row("retried=false")
    };
    for (result, count) in [
        ("success", stats.successes),
        ("not_retryable", stats.not_retryable),
        ("max_attempts", stats.max_attempts_reached),
        ("max_duration", stats.max_duration_reached),
        ("budget_exhausted", stats.budget_exhausted),
        ("cancelled", stats.cancelled),
    ] {
        assert_eq!(either(result), count as f64, "{result}");
    }
    let success = |retried, count| page.check("resilience_retry_calls_total", &["result=success", retried], count);
    success("retried=false", stats.successes_without_retry);
    success("retried=true", stats.successes_with_retry);
    page.check("resilience_retry_attempts_total", &[], stats.calls + stats.retries);
    page.check("resilience_retry_backoff_seconds_total", &[], stats.backoff.as_secs());
    let budget = stats.budget.unwrap();
    page.check_close("resilience_retry_budget_tokens", budget.tokens);
    page.check_close("resilience_retry_budget_ratio", budget.ratio);
    assert!(stats.max_attempts_reached > 0 && stats.budget_exhausted > 0 && stats.successes_with_retry == 1);
}

fn timeouts() -> Timeout {
    let timeout = Timeout::builder(NAME).duration(Duration::from_millis(5)).build().unwrap();
    let timeout = registry().register(timeout);
    (0..3).for_each(|_| drop(timeout.call(|| Ok::<_, Error>(()))));
    let _ = timeout.call(|| {
        thread::sleep(Duration::from_millis(20));
        Ok::<_, Error>(())
    });
    let mut dropped = Box::pin(timeout.call_async(pending::<Result<(), Error>>));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _entered = runtime.enter();
    assert!(dropped.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(dropped);
    timeout
}

fn check_timeouts(page: &Page, timeout: &Timeout) {
    let stats = timeout.stats();
    page.check("resilience_timeout_calls_total", &["timed_out=true"], stats.timed_out);
    page.check("resilience_timeout_calls_total", &["timed_out=false"], stats.completed + stats.cancelled);
    assert_eq!((stats.completed + stats.timed_out, stats.cancelled), (4, 1));
}

/// 2,000 calls, of which without virtual time some thirty are timed.
fn breakers() -> CircuitBreaker {
    let breaker = CircuitBreaker::builder(NAME).failure_rate(0.9).window(3_000).minimum_calls(3_000).build().unwrap();
    let breaker = registry().register(breaker);
    for call in 0..2_000_u32 {
        let verdict = match call {
            _ if call % 5 == 0 => Verdict::Failure,
            _ if call % 7 == 0 => Verdict::Ignored,
            _ => Verdict::Success,
        };
        let _ = breaker.call_with(|_| verdict, || Ok::<_, Error>(std::hint::black_box(call)));
    }
    breaker.force_open();
    let _ = breaker.call(|| Ok::<_, Error>(0));
    breaker.metrics_only();
    for _ in 0..3_000 {
        let _ = breaker.call_with(|_| Verdict::Failure, || Ok::<_, Error>(0));
    }
    breaker.reset();
    for call in 0..2_000_u32 {
        let _ = breaker
            .call_with(|_| if call % 3 == 0 { Verdict::Failure } else { Verdict::Success }, || Ok::<_, Error>(call));
    }
    breaker
}

fn check_breaker(page: &Page, stats: &CircuitBreakerStats, made: &[(&str, &str, &str)]) {
    let calls = |result, count| page.check("resilience_breaker_calls_total", &[result], count);
    calls("result=success", stats.total_successes);
    calls("result=failure", stats.total_failures);
    calls("result=slow", stats.slow);
    calls("result=ignored", stats.ignored);
    calls("result=rejected", stats.rejected);
    for state in CircuitState::ALL {
        let label = format!("state={state}");
        page.check("resilience_breaker_state", &[&label], u64::from(state == stats.state));
        // The test takes no minute.
        assert!(page.get("resilience_breaker_state_seconds_total", &[&label]) < 60.0);
    }
    let transitions = page.rows.iter().filter(|((metric, labels), _)| {
        metric == "resilience_breaker_transitions_total" && labels.contains(&format!("name={NAME}"))
    });
    for ((metric, labels), _) in transitions {
        let has = |label: String| labels.contains(&label);
        let times = made.iter().filter(|(from, to, reason)| {
            has(format!("from={from}")) && has(format!("to={to}")) && has(format!("reason={reason}"))
        });
        assert_eq!(page.value(metric, labels.clone()), times.count() as f64, "{labels:?}");
    }
    let would_open = page.rows.keys().filter(|(metric, labels)| {
        metric == "resilience_breaker_would_open_total" && labels.contains(&format!("name={NAME}"))
    });
    let would_open = would_open.map(|(metric, labels)| page.value(metric, labels.clone())).sum::<f64>();
    assert_eq!((would_open, stats.would_open), (stats.would_open as f64, 1));
    page.check_close("resilience_breaker_failure_ratio", stats.failure_rate);
    // Without a rule about slow calls there is none.
    let slow_ratio = page.get("resilience_breaker_slow_ratio", &[]);
    assert_eq!((stats.slow_rate, slow_ratio.is_nan()), (None, true));
    page.check("resilience_breaker_window_calls", &[], stats.window_calls);
    let average_latency = stats.average_latency.expect("some thirty calls are timed");
    page.check_close("resilience_breaker_mean_latency_seconds", average_latency.as_secs_f64());
    assert!(average_latency > Duration::ZERO && stats.failure_rate > 0.0 && stats.rejected == 1);
}

#[test]
fn every_exported_value_is_that_of_stats() {
    let recorder = DebuggingRecorder::new();
    // Durations are measured from the first publication on.
    ::metrics::with_local_recorder(&recorder, metrics::publish);
    calls();
    let frame = p::Frame::new();
    let running = p::Call::enter(&SEARCH.0, &frame);
    let (retry, timeout, breaker) = (retries(), timeouts(), breakers());
    let fallback = registry().register(Fallback::new(NAME));
    let _ = fallback.call(|| Err::<(), _>("down"), |_| Ok(()));
    let _ = fallback.call(|| Err::<(), _>("down"), |_| Err("empty"));
    ::metrics::with_local_recorder(&recorder, metrics::publish);
    let page = Page::of(&recorder);
    check_calls(&page);
    drop(running);
    check_retries(&page, &retry);
    check_timeouts(&page, &timeout);
    let made = [("closed", "forced_open"), ("forced_open", "metrics_only"), ("metrics_only", "closed")]
        .map(|(from, to)| (from, to, "manual"));
    check_breaker(&page, &breaker.stats(), &made);
    page.check("resilience_fallback_calls_total", &["result=success"], fallback.stats().successes);
    page.check("resilience_fallback_calls_total", &["result=failure"], fallback.stats().failures);
    assert_eq!(page.value("resilience_events_dropped_total", vec![]), 0.0);
    let version = format!("version={}", env!("CARGO_PKG_VERSION"));
    assert_eq!(page.value("resilience_build_info", vec![version]), 1.0);
    let exported: BTreeSet<_> = page.rows.keys().map(|(metric, _)| metric.clone()).collect();
    assert_eq!(*page.seen.borrow(), exported, "every metric was compared");
}

#[test]
fn a_family_exports_the_sum_of_its_keys() {
    let registry = resilience_runtime::Registry::new();
    let family = KeyedCircuitBreaker::new(CircuitBreaker::builder(NAME).failure_threshold(1_000_000), 10).unwrap();
    let family = registry.register(family);
    for (key, calls) in [("one", 500_u32), ("two", 1_500)] {
        for call in 0..calls {
            let _ = family.get(key).call(|| if call % 4 == 0 { None } else { Some(()) });
        }
    }
    let recorder = DebuggingRecorder::new();
    ::metrics::with_local_recorder(&recorder, || metrics::publish_registry(&registry));
    let page = Page::of(&recorder);
    let keys: Vec<_> = family.instances().iter().map(CircuitBreaker::stats).collect();
    let sum = |count: fn(&CircuitBreakerStats) -> u64| keys.iter().map(count).sum::<u64>();
    page.check("resilience_breaker_calls_total", &["result=success"], sum(|stats| stats.total_successes));
    page.check("resilience_breaker_calls_total", &["result=failure"], sum(|stats| stats.total_failures));
    page.check("resilience_breaker_window_calls", &[], sum(|stats| stats.window_calls));
    page.check("resilience_breaker_state", &["state=closed"], 2);
    let failures: f64 = keys.iter().map(|stats| stats.failure_rate * stats.window_calls as f64).sum();
    page.check_close("resilience_breaker_failure_ratio", failures / sum(|stats| stats.window_calls) as f64);
}

#[test]
fn a_gauge_that_has_nothing_to_say_is_not_zero() {
    let registry = resilience_runtime::Registry::new();
    let breaker = CircuitBreaker::builder(NAME).slow_call_duration(Duration::from_secs(60)).build().unwrap();
    let breaker = registry.register(breaker);
    let mean_and_slow = || {
        let recorder = DebuggingRecorder::new();
        ::metrics::with_local_recorder(&recorder, || metrics::publish_registry(&registry));
        let page = Page::of(&recorder);
        let gauge = |metric| page.get(metric, &[]);
        [gauge("resilience_breaker_mean_latency_seconds"), gauge("resilience_breaker_slow_ratio")]
    };
    let [mean, slow] = mean_and_slow();
    assert!(mean.is_nan() && slow == 0.0, "no call was timed: {mean}; the rule is on: {slow}");
    // With a rule that looks at latencies every call is timed.
    let _ = breaker.call(|| {
        thread::sleep(Duration::from_millis(2));
        Ok::<_, Error>(())
    });
    let [mean, slow] = mean_and_slow();
    assert!((0.002..1.0).contains(&mean) && slow == 0.0, "{mean} {slow}");
}
