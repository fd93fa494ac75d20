//! `#[circuit_breaker]`: every option, sync and async.
#![cfg(feature = "macros")]
#![allow(clippy::disallowed_types, clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]

#[macro_use]
#[path = "../support/mod.rs"]
mod support;

mod generations;
mod keyed;
mod latency;
mod manual;
mod nested;
mod probes;
mod recovery;
mod rules;
mod shared;
mod verdicts;
mod why;

use resilience::{CircuitState, circuit_breaker};
use support::*;

/// What a caller and a dashboard expect of a breaker, in one word each.
fn state(case: &Case) -> &'static str {
    match case.breaker().state() {
        CircuitState::Closed => "closed",
        CircuitState::Open => "open",
        CircuitState::HalfOpen => "half_open",
        CircuitState::ForcedOpen => "forced_open",
        CircuitState::Disabled => "disabled",
        CircuitState::MetricsOnly => "metrics_only",
        _ => "unknown",
    }
}

/// Every call is counted in exactly one way.
fn conserved(case: &Case) {
    let stats = case.breaker_stats();
    let parts = stats.total_successes + stats.total_failures + stats.ignored + stats.rejected + stats.cancelled;
    assert_eq!(stats.total_calls, parts, "{stats:?}");
}

both! {
    #[circuit_breaker(name = NAME)]
    fn with_the_defaults(script);
}

#[test]
fn the_defaults_are_five_failures_in_a_row_thirty_seconds_and_one_probe() {
    with_the_defaults::each([fail(500)], |case| {
        for _ in 0..4 {
            assert_eq!(case.call(), Err(Failure::Status(500)));
        }
        let stats = case.breaker_stats();
        assert_eq!((state(case), stats.failure_count, stats.failure_threshold), ("closed", 4, Some(5)));
        let _ = case.call();
        assert_eq!(state(case), "open");
        let stats = case.breaker_stats();
        assert_eq!((stats.failure_count, stats.retry_after), (5, Some(secs(30))));
        assert!(stats.opened_at.is_some() && stats.last_failure_time.is_some());
        assert!(is_open(&case.call()));
        assert_eq!(case.calls(), 5, "the body is spared");
        case.advance(secs(29));
        let reply = case.call();
        let Err(Failure::Refused(refusal)) = &reply else { panic!("{reply:?}") };
        assert_eq!((refusal.name(), refusal.retry_after()), (case.name, Some(secs(1))));
        assert!(!refusal.is_retryable());
        case.advance(secs(1));
        assert_eq!(state(case), "half_open");
        assert_eq!(case.play([ok(1)]), Ok(1));
        let stats = case.breaker_stats();
        assert_eq!((state(case), stats.failure_count, stats.opened_at), ("closed", 0, None));
        assert_eq!((stats.total_calls, stats.total_failures, stats.total_successes, stats.rejected), (8, 5, 1, 2));
        conserved(case);
    });
}
