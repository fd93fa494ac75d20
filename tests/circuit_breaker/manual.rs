//! States by hand.

use crate::support::*;
use crate::{conserved, state};
use resilience::circuit_breaker;

both! {
    #[circuit_breaker(name = NAME, failure_threshold = 2)]
    fn forced_open(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2)]
    fn forced_closed(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2)]
    fn closed_twice(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2)]
    fn reset_while_closed(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2)]
    fn disabled(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2)]
    fn metrics_only(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "10s", max_recovery_timeout = "1m")]
    fn reset(script);
}

#[test]
fn a_breaker_that_is_forced_open_refuses_for_good() {
    forced_open::each([ok(1)], |case| {
        assert_eq!(case.call(), Ok(1));
        case.breaker().force_open();
        for _ in 0..3 {
            let reply = case.call();
            assert!(is_open(&reply), "{reply:?}");
            case.advance(secs(3600));
        }
        let stats = case.breaker_stats();
        assert_eq!((state(case), stats.retry_after, stats.rejected), ("forced_open", None, 3));
        assert!(stats.opened_at.is_some());
        case.breaker().force_closed();
        assert_eq!(case.call(), Ok(1));
        assert_eq!((state(case), case.breaker_stats().opened_at), ("closed", None));
        conserved(case);
    });
}

#[test]
fn a_breaker_that_is_forced_closed_goes_on_by_its_rules() {
    forced_closed::each([fail(500)], |case| {
        let _ = case.call();
        let _ = case.call();
        assert_eq!(state(case), "open");
        case.breaker().force_closed();
        assert_eq!((state(case), case.breaker_stats().failure_count), ("closed", 0));
        let _ = case.call();
        assert_eq!(state(case), "closed");
        let _ = case.call();
        assert_eq!(state(case), "open");
    });
}

#[test]
fn to_close_a_closed_breaker_changes_nothing() {
    closed_twice::each([fail(500)], |case| {
        let _ = case.call();
        let under_way = case.breaker().try_acquire_owned().unwrap();
        let last_failure = case.breaker_stats().last_failure_time;
        case.breaker().force_closed();
        let stats = case.breaker_stats();
        assert_eq!((stats.failure_count, stats.last_failure_time), (1, last_failure));
        assert!(last_failure.is_some());
        under_way.failure();
        assert_eq!(state(case), "open", "what was under way still counts");
    });
}

#[test]
fn to_reset_a_closed_breaker_forgets_what_it_has_seen() {
    reset_while_closed::each([fail(500)], |case| {
        let _ = case.call();
        let under_way = case.breaker().try_acquire_owned().unwrap();
        case.breaker().reset();
        let stats = case.breaker_stats();
        assert_eq!((stats.failure_count, stats.last_failure_time, stats.total_failures), (0, None, 1));
        under_way.failure();
        assert_eq!((state(case), case.breaker_stats().failure_count), ("closed", 0), "it was under way");
        let _ = case.call();
        let _ = case.call();
        assert_eq!(state(case), "open", "by the rules");
        conserved(case);
    });
}

#[test]
fn a_disabled_breaker_passes_everything_and_records_nothing() {
    disabled::each([fail(500)], |case| {
        case.breaker().disable();
        for _ in 0..10 {
            assert_eq!(case.call(), Err(Failure::Status(500)));
        }
        let stats = case.breaker_stats();
        assert_eq!((state(case), stats.total_calls, stats.failure_count), ("disabled", 0, 0));
        case.breaker().force_closed();
        let _ = case.call();
        assert_eq!(case.breaker_stats().failure_count, 1);
        conserved(case);
    });
}

#[test]
fn a_breaker_for_metrics_only_records_and_never_opens() {
    metrics_only::each([fail(500)], |case| {
        case.breaker().metrics_only();
        for _ in 0..10 {
            assert_eq!(case.call(), Err(Failure::Status(500)));
        }
        let stats = case.breaker_stats();
        assert_eq!((state(case), stats.total_failures, stats.failure_count), ("metrics_only", 10, 10));
        assert_eq!(stats.failure_rate, 1.0);
        conserved(case);
    });
}

#[test]
fn a_reset_breaker_starts_anew_with_its_lifetime_counts_kept() {
    reset::each([fail(500)], |case| {
        let _ = case.call();
        let _ = case.call();
        case.advance(secs(10));
        let _ = case.call();
        assert_eq!(case.breaker_stats().retry_after, Some(secs(20)));
        case.breaker().reset();
        let stats = case.breaker_stats();
        assert_eq!((state(case), stats.failure_count, stats.opened_at, stats.total_failures), ("closed", 0, None, 3));
        let _ = case.call();
        let _ = case.call();
        assert_eq!(case.breaker_stats().retry_after, Some(secs(10)), "the doubling began anew");
    });
}
