use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::core::sync::{AtomicU64, Ordering};

const START: Instant = Instant::from_nanos(86_400_000_000_000);

fn budget(ratio: f64, min_per_second: f64) -> Budget {
    Budget::builder("test").ratio(ratio).min_per_second(min_per_second).build().unwrap()
}

fn at(millis: u64) -> Instant {
    START.saturating_add(Duration::from_millis(millis))
}

/// How many of `tries` retries are paid for at `now`.
fn granted(budget: &Budget, tries: u32, now: Instant) -> usize {
    (0..tries).filter(|_| budget.try_withdraw(now)).count()
}

#[test]
fn five_calls_pay_for_one_retry() {
    let budget = budget(0.2, 0.0);
    for _ in 0..4 {
        budget.on_call();
    }
    assert!(!budget.try_withdraw(START));
    budget.on_call();
    assert!(budget.try_withdraw(START));
    assert!(!budget.try_withdraw(START));
}

#[test]
fn ten_tenths_are_exactly_one_retry() {
    let budget = budget(0.1, 0.0);
    for _ in 0..10 {
        assert!(!budget.try_withdraw(START), "entered one by one");
        budget.on_call();
    }
    assert!(budget.try_withdraw(START));
}

#[test]
fn the_bucket_starts_empty_and_the_reserve_full() {
    assert_eq!(granted(&budget(1.0, 0.0), 5, START), 0);
    assert_eq!(granted(&budget(0.2, 10.0), 50, START), 10);
}

#[test]
fn the_bucket_keeps_no_more_than_a_hundred_tokens() {
    let budget = budget(1.0, 0.0);
    for _ in 0..1000 {
        budget.on_call();
    }
    assert_eq!(budget.tokens(), 100.0);
    assert_eq!(granted(&budget, 1000, START), 100);
}

#[test]
fn the_reserve_refills_with_time_up_to_a_second_worth() {
    let budget = budget(0.0, 10.0);
    assert_eq!(granted(&budget, 50, START), 10);
    assert_eq!(granted(&budget, 50, at(99)), 0);
    assert_eq!(granted(&budget, 50, at(100)), 1);
    assert_eq!(granted(&budget, 50, at(600)), 5);
    assert_eq!(granted(&budget, 50, at(3_600_000)), 10);
}

#[test]
fn calls_pay_before_the_reserve_does() {
    let budget = budget(1.0, 10.0);
    budget.on_call();
    assert!(budget.try_withdraw(START));
    assert_eq!(granted(&budget, 50, START), 10);
}

#[test]
fn a_reserve_of_less_than_one_a_second_saves_up_one_retry() {
    let budget = budget(0.0, 0.5);
    assert_eq!(granted(&budget, 5, START), 1);
    assert_eq!(granted(&budget, 5, at(1999)), 0);
    assert_eq!(granted(&budget, 5, at(60_000)), 1);
}

#[test]
fn a_clock_that_goes_back_pays_for_nothing_and_breaks_nothing() {
    let budget = budget(0.0, 10.0);
    assert_eq!(granted(&budget, 50, at(1000)), 10);
    assert_eq!(granted(&budget, 50, START), 0);
    assert_eq!(granted(&budget, 50, at(1100)), 1);
}

#[test]
fn clones_are_one_budget() {
    let budget = budget(1.0, 0.0);
    budget.clone().on_call();
    assert!(budget.is_same(&budget.clone()));
    assert!(budget.try_withdraw(START));
}

#[test]
fn budgets_have_the_same_options_when_ratio_and_minimum_agree() {
    assert!(budget(0.2, 10.0).has_options_of(&Budget::builder("other").build().unwrap()));
    assert!(!budget(0.2, 10.0).has_options_of(&budget(0.3, 10.0)));
    assert!(!budget(0.2, 10.0).has_options_of(&budget(0.2, 11.0)));
}

#[test]
fn the_counters_agree_with_what_happened() {
    let budget = budget(0.5, 0.0);
    for _ in 0..5 {
        budget.on_call();
    }
    assert_eq!(granted(&budget, 3, START), 2);
    let stats = budget.stats();
    assert_eq!((stats.calls, stats.granted, stats.denied), (5, 2, 1));
    assert_eq!((stats.tokens, stats.ratio), (0.5, 0.5));
}

#[test]
fn wrong_options_are_refused_with_a_reason() {
    let error = Budget::builder("test").ratio(-0.1).build().unwrap_err();
    assert_eq!((error.option(), error.allowed()), ("ratio", "from 0 to 1"));
    let error = Budget::builder("test").min_per_second(f64::INFINITY).build().unwrap_err();
    assert_eq!(error.option(), "min_per_second");
    assert!(Budget::builder("test").ratio(f64::NAN).build().is_err());
}

#[test]
fn wrong_options_are_clamped_behind_an_attribute() {
    let (budget, error) = Budget::builder("test").ratio(5.0).min_per_second(-3.0).clamped();
    assert_eq!(error.unwrap().option(), "ratio");
    assert_eq!(budget.ratio(), 1.0);
    assert_eq!(granted(&budget, 5, START), 0);
}

#[test]
fn threads_never_overspend() {
    let budget = budget(0.2, 10.0);
    for _ in 0..200 {
        budget.on_call();
    }
    let paid = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| paid.fetch_add(granted(&budget, 500, START) as u64, Ordering::Relaxed));
        }
    });
    assert_eq!(paid.into_inner(), 40 + 10);
    assert_eq!(budget.stats().denied, 8 * 500 - 50);
}

proptest! {
    #[test]
    fn retries_never_exceed_the_share_of_calls_plus_the_reserve(
        ratio in 0.0..=1.0_f64,
        min_per_second in 0.0..100.0_f64,
        steps in proptest::collection::vec((0..20_u64, 0..20_u32, 0..500_u64), 1..60),
    ) {
        let budget = budget(ratio, min_per_second);
        let (mut calls, mut elapsed, mut paid) = (0, 0, 0);
        for (more_calls, tries, pause) in steps {
            for _ in 0..more_calls {
                budget.on_call();
            }
            elapsed += pause;
            calls += more_calls;
            paid += granted(&budget, tries, at(elapsed));
            let reserve = min_per_second.max(1.0) + min_per_second * elapsed as f64 / 1000.0;
            let most = calls as f64 * ratio + if min_per_second > 0.0 { reserve } else { 0.0 };
            prop_assert!(paid as f64 <= most + 1e-6, "{paid} retries for {calls} calls in {elapsed} ms, allowed {most}");
        }
    }

    #[test]
    fn a_share_that_was_earned_is_paid_out(ratio in 0.01..=1.0_f64, calls in 1..100_u32) {
        let budget = budget(ratio, 0.0);
        for _ in 0..calls {
            budget.on_call();
        }
        // Each share is kept to a billionth of a retry.
        let (earned, rounded) = (f64::from(calls) * ratio, f64::from(calls) * 1e-9);
        let granted = granted(&budget, 1000, START);
        let exact = (earned - rounded).floor() as usize..=(earned + rounded).floor() as usize;
        prop_assert!(exact.contains(&granted), "{granted} of {earned}");
    }
}
