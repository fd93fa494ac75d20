//! Which outcomes are failures.

use crate::support::*;
use crate::{conserved, state};
use resilience::{circuit_breaker, retry};

both! {
    #[circuit_breaker(name = NAME, failure_threshold = 2, failure_if = |e: &Failure| *e != Failure::Status(404))]
    fn not_found_is_an_answer(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "10s", failure_if = |e| *e != Failure::Status(404))]
    fn not_found_closes(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2, ignore_if = is_our_fault)]
    fn our_own_fault(script);

    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = "10s", ignore_if = is_our_fault)]
    fn our_own_fault_as_a_probe(script);

    #[circuit_breaker(name = NAME, failure_threshold = 1, ignore_if = is_our_fault, failure_if = |_| true)]
    fn ignoring_wins(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2, failure_if_result = |v: &u32| *v == 0)]
    fn zero_is_a_failure(script);

    #[circuit_breaker(name = NAME, failure_threshold = 1, failure_if = |_| script.calls() > 2)]
    fn about_an_argument(script);

    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = "10s")]
    fn refused(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2)]
    fn panicking(script);
}

fn is_our_fault(error: &Failure) -> bool {
    *error == Failure::Status(400)
}

#[test]
fn an_error_that_is_no_failure_is_a_success() {
    not_found_is_an_answer::each([fail(500), fail(404), fail(500), fail(404)], |case| {
        for _ in 0..4 {
            assert!(case.call().is_err(), "its caller has the error");
        }
        let stats = case.breaker_stats();
        assert_eq!((state(case), stats.failure_count), ("closed", 0));
        assert_eq!((stats.total_successes, stats.total_failures), (2, 2));
        conserved(case);
    });
    not_found_closes::each([fail(500)], |case| {
        let _ = case.call();
        let _ = case.call();
        case.advance(secs(10));
        assert_eq!(case.play([fail(404)]), Err(Failure::Status(404)));
        assert_eq!(state(case), "closed", "as a probe, too");
    });
}

#[test]
fn an_ignored_error_changes_nothing() {
    our_own_fault::each([fail(500), fail(400), fail(500)], |case| {
        let _ = case.call();
        assert_eq!(case.call(), Err(Failure::Status(400)));
        let stats = case.breaker_stats();
        assert_eq!((stats.failure_count, stats.failure_rate, stats.ignored), (1, 1.0, 1));
        let _ = case.call();
        assert_eq!(state(case), "open", "it did not break the row either");
        assert_eq!(case.breaker_stats().total_calls, 3);
        conserved(case);
    });
}

#[test]
fn an_ignored_probe_decides_nothing_and_frees_its_place() {
    our_own_fault_as_a_probe::each([fail(500)], |case| {
        let _ = case.call();
        case.advance(secs(10));
        for _ in 0..3 {
            assert_eq!(case.play([fail(400)]), Err(Failure::Status(400)));
            assert_eq!(state(case), "half_open");
        }
        assert_eq!(case.play([ok(1)]), Ok(1));
        assert_eq!(state(case), "closed");
    });
}

#[test]
fn ignore_if_wins_over_failure_if() {
    ignoring_wins::each([fail(400)], |case| {
        let _ = case.call();
        assert_eq!((state(case), case.breaker_stats().ignored), ("closed", 1));
    });
}

#[test]
fn a_value_may_count_as_a_failure() {
    zero_is_a_failure::each([ok(0), ok(0)], |case| {
        assert_eq!(case.call(), Ok(0), "its caller has the value");
        let _ = case.call();
        assert_eq!((state(case), case.breaker_stats().total_failures), ("open", 2));
    });
}

#[test]
fn a_predicate_may_use_the_arguments() {
    about_an_argument::each([fail(500)], |case| {
        for expected in ["closed", "closed", "open"] {
            let _ = case.call();
            assert_eq!(state(case), expected);
        }
    });
}

#[test]
fn refused_calls_are_counted_as_rejected_and_recorded_nowhere() {
    refused::each([fail(500)], |case| {
        let _ = case.call();
        let before = case.breaker_stats();
        for _ in 0..20 {
            assert!(is_open(&case.call()));
        }
        let stats = case.breaker_stats();
        assert_eq!((stats.rejected, stats.total_failures, case.calls()), (20, 1, 1));
        assert_eq!((stats.failure_count, stats.failure_rate), (before.failure_count, before.failure_rate));
        case.advance(secs(10));
        assert_eq!(case.play([ok(1)]), Ok(1), "they did not keep it open either");
        conserved(case);
    });
}

#[test]
fn a_panic_is_a_failure() {
    panicking::each([panics("boom")], |case| {
        assert_eq!(case.caught(), "boom");
        assert_eq!(case.caught(), "boom");
        assert_eq!((state(case), case.breaker_stats().total_failures), ("open", 2));
        assert!(is_open(&case.call()), "refused, and no panic");
        conserved(case);
    });
}

#[circuit_breaker(name = "verdicts::maybe", failure_threshold = 2)]
fn maybe(script: &Script) -> Option<u32> {
    script.play().ok()
}

#[test]
fn nothing_is_a_failure_and_a_refusal_is_nothing() {
    let _clock = stopped();
    let script = Script::new([fail(500)]);
    assert_eq!([maybe(&script), maybe(&script), maybe(&script)], [None; 3]);
    assert_eq!(script.calls(), 2);
    let stats = resilience::registry().circuit_breaker("verdicts::maybe").unwrap().stats();
    assert_eq!((stats.total_failures, stats.rejected), (2, 1));
}

/// A type that a predicate knows and the function's author does not repeat.
#[retry(max_attempts = 2, base_delay = "1s")]
#[circuit_breaker(name = "verdicts::early", failure_threshold = 2)]
fn early(script: &Script) -> Reply {
    script.play()?;
    Ok(1)
}

#[test]
fn an_error_that_leaves_early_is_counted() {
    let _clock = stopped();
    assert_eq!(early(&Script::new([fail(500)])), Err(Failure::Status(500)));
    let stats = resilience::registry().circuit_breaker("verdicts::early").unwrap().stats();
    assert_eq!((stats.total_failures, stats.failure_count), (2, 2));
}
