use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::Strategy as _;

// By name: proptest has a `Strategy` of its own.
use super::{Backoff, Jitter, SHORTEST, Strategy, fibonacci};

const MS: Duration = Duration::from_millis(1);

fn backoff(strategy: Strategy, jitter: Jitter) -> Backoff {
    Backoff { strategy, base_delay: 100 * MS, max_delay: Duration::from_secs(10), factor: 2.0, jitter }
}

/// The delays after the first `n` attempts, without jitter, in milliseconds.
fn millis(backoff: &Backoff, n: u32) -> Vec<u128> {
    (1..=n).map(|attempt| backoff.delay(attempt, Duration::ZERO, || 0.5).as_millis()).collect()
}

fn no_draw() -> f64 {
    panic!("nothing is left to chance here")
}

#[test]
fn an_exponential_delay_doubles_until_it_reaches_the_cap() {
    let delays = millis(&backoff(Strategy::Exponential, Jitter::None), 9);
    assert_eq!(delays, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
}

#[test]
fn a_linear_delay_grows_by_the_base() {
    assert_eq!(millis(&backoff(Strategy::Linear, Jitter::None), 4), [100, 200, 300, 400]);
}

#[test]
fn a_constant_delay_stays() {
    assert_eq!(millis(&backoff(Strategy::Constant, Jitter::None), 3), [100, 100, 100]);
}

#[test]
fn a_fibonacci_delay_is_the_sum_of_the_two_before() {
    assert_eq!(millis(&backoff(Strategy::Fibonacci, Jitter::None), 7), [100, 100, 200, 300, 500, 800, 1300]);
}

#[test]
fn fibonacci_numbers_saturate() {
    assert_eq!(fibonacci(93), 12_200_160_415_121_876_738);
    assert_eq!(fibonacci(94), u64::MAX);
    assert_eq!(fibonacci(u32::MAX), u64::MAX);
}

#[test]
fn a_custom_delay_is_what_the_function_says_up_to_the_cap() {
    let squares = backoff(Strategy::Custom(|attempt| MS * attempt * attempt), Jitter::None);
    assert_eq!(millis(&squares, 4), [1, 4, 9, 16]);
    assert_eq!(squares.delay(1000, Duration::ZERO, no_draw), Duration::from_secs(10));
}

#[test]
fn a_custom_delay_of_zero_becomes_the_shortest() {
    let eager = backoff(Strategy::Custom(|_| Duration::ZERO), Jitter::None);
    assert_eq!(eager.delay(1, Duration::ZERO, no_draw), SHORTEST);
}

#[test]
fn custom_strategies_are_equal_when_they_are_the_same_function() {
    fn one(_: u32) -> Duration {
        MS
    }
    fn two(attempt: u32) -> Duration {
        MS * attempt
    }
    assert_eq!(Strategy::Custom(one), Strategy::Custom(one));
    assert_ne!(Strategy::Custom(one), Strategy::Custom(two));
    assert_ne!(Strategy::Custom(one), Strategy::Constant);
}

#[test]
fn a_decorrelated_delay_lies_between_the_base_and_three_times_the_previous() {
    let delays = backoff(Strategy::Decorrelated, Jitter::Full);
    assert_eq!(delays.delay(1, Duration::ZERO, || 0.0), 100 * MS);
    assert_eq!(delays.delay(1, Duration::ZERO, || 0.5), 200 * MS);
    assert_eq!(delays.delay(2, 500 * MS, || 0.5), 800 * MS);
    assert_eq!(delays.delay(9, Duration::from_secs(9), || 0.9), Duration::from_secs(10));
}

#[test]
fn full_jitter_that_draws_zero_yields_the_shortest_delay() {
    assert_eq!(backoff(Strategy::Constant, Jitter::Full).delay(1, Duration::ZERO, || 0.0), SHORTEST);
}

#[test]
fn the_cap_comes_before_the_jitter() {
    let far_above = |jitter| backoff(Strategy::Exponential, jitter).delay(30, Duration::ZERO, || 0.5);
    assert_eq!(far_above(Jitter::Full), Duration::from_secs(5));
    assert_eq!(far_above(Jitter::Equal), Duration::from_millis(7500));
}

#[test]
fn a_fraction_adds_to_the_delay_but_not_beyond_the_cap() {
    let tenth = Jitter::from(0.1);
    assert_eq!(backoff(Strategy::Constant, tenth).delay(1, Duration::ZERO, || 0.5), 105 * MS);
    assert_eq!(backoff(Strategy::Exponential, tenth).delay(60, Duration::ZERO, || 0.9), Duration::from_secs(10));
}

#[test]
fn a_symmetric_jitter_lies_around_the_delay() {
    let quarter = |unit| backoff(Strategy::Constant, Jitter::Symmetric(0.25)).delay(1, Duration::ZERO, || unit);
    assert_eq!([0.0, 0.5].map(quarter), [75 * MS, 100 * MS]);
    assert_eq!(quarter(0.999).as_millis(), 124);
    let none = backoff(Strategy::Constant, Jitter::Symmetric(0.0));
    assert_eq!(none.delay(1, Duration::ZERO, || 0.7), 100 * MS);
    let all = backoff(Strategy::Constant, Jitter::Symmetric(1.0));
    assert_eq!(all.delay(1, Duration::ZERO, || 0.0), SHORTEST);
}

#[test]
fn a_symmetric_jitter_spreads_over_what_the_cap_leaves_of_it() {
    let capped = |unit| backoff(Strategy::Exponential, Jitter::Symmetric(0.5)).delay(60, Duration::ZERO, || unit);
    assert_eq!([0.0, 0.5].map(capped), [Duration::from_secs(5), Duration::from_millis(7500)]);
}

#[test]
fn a_symmetric_jitter_is_uniform() {
    let backoff = backoff(Strategy::Constant, Jitter::Symmetric(0.25));
    let mut chance = fastrand::Rng::with_seed(7);
    let mut slots = [0; 10];
    for _ in 0..10_000 {
        let delay = backoff.delay(1, Duration::ZERO, || chance.f64());
        slots[(delay.checked_sub(75 * MS).unwrap().as_secs_f64() / 0.005) as usize] += 1;
    }
    // Five standard deviations of a slot are 150.
    assert!(slots.iter().all(|draws| (850..1150).contains(draws)), "{slots:?}");
}

#[test]
fn a_base_of_zero_is_at_once_whatever_else_is_said() {
    let strategies = [
        Strategy::Exponential,
        Strategy::Linear,
        Strategy::Constant,
        Strategy::Fibonacci,
        Strategy::Decorrelated,
        Strategy::Custom(|_| Duration::from_secs(1)),
    ];
    let jitters = [Jitter::Full, Jitter::Equal, Jitter::None, Jitter::Fraction(1.0), Jitter::Symmetric(1.0)];
    for strategy in strategies {
        for jitter in jitters {
            let at_once = Backoff { base_delay: Duration::ZERO, ..backoff(strategy.clone(), jitter) };
            for attempt in [1, 2, u32::MAX] {
                assert_eq!(at_once.delay(attempt, Duration::ZERO, || 0.9), Duration::ZERO, "{strategy:?} {jitter:?}");
            }
            assert_eq!(at_once.spread(Duration::from_secs(1), || 0.9), Duration::ZERO);
        }
    }
}

#[test]
fn a_delay_from_elsewhere_is_capped_and_jittered() {
    let delays = backoff(Strategy::Exponential, Jitter::Equal);
    assert_eq!(delays.spread(40 * MS, || 0.5), 30 * MS);
    assert_eq!(delays.spread(Duration::MAX, || 0.5), Duration::from_millis(7500));
    assert_eq!(delays.spread(Duration::ZERO, || 0.5), SHORTEST);
}

#[test]
fn each_jitter_has_the_mean_it_promises() {
    let cases = [
        (Strategy::Constant, Jitter::Full, 50.0),
        (Strategy::Constant, Jitter::Equal, 75.0),
        (Strategy::Constant, Jitter::None, 100.0),
        (Strategy::Constant, Jitter::Fraction(0.5), 125.0),
        (Strategy::Constant, Jitter::Symmetric(0.25), 100.0),
        (Strategy::Constant, Jitter::Symmetric(1.0), 100.0),
        // From the base: U(100, 300).
        (Strategy::Decorrelated, Jitter::Full, 200.0),
    ];
    let mut chance = fastrand::Rng::with_seed(7);
    for (strategy, jitter, expected) in cases {
        let backoff = backoff(strategy.clone(), jitter);
        let draws = 20_000;
        let sum: Duration = (0..draws).map(|_| backoff.delay(1, Duration::ZERO, || chance.f64())).sum();
        let mean = sum.as_secs_f64() * 1000.0 / f64::from(draws);
        // The standard error of U(100, 300) is 0.4 ms with this many draws.
        assert!((mean - expected).abs() < 2.0, "{strategy:?} {jitter:?}: {mean} instead of {expected}");
    }
}

fn any_strategy() -> impl proptest::strategy::Strategy<Value = Strategy> {
    prop_oneof![
        Just(Strategy::Exponential),
        Just(Strategy::Linear),
        Just(Strategy::Constant),
        Just(Strategy::Fibonacci),
        Just(Strategy::Decorrelated),
        Just(Strategy::Custom(|attempt| Duration::from_secs(u64::from(attempt)).saturating_mul(attempt))),
        Just(Strategy::Custom(|_| Duration::MAX)),
        Just(Strategy::Custom(|_| Duration::ZERO)),
    ]
}

fn any_jitter() -> impl proptest::strategy::Strategy<Value = Jitter> {
    prop_oneof![
        Just(Jitter::Full),
        Just(Jitter::Equal),
        Just(Jitter::None),
        any::<f64>().prop_map(Jitter::Fraction),
        any::<f64>().prop_map(Jitter::Symmetric),
    ]
}

fn any_length() -> impl proptest::strategy::Strategy<Value = Duration> {
    prop_oneof![
        (1..10_000_000_000_u64).prop_map(Duration::from_nanos),
        (1..=u64::MAX).prop_map(Duration::from_nanos),
        Just(Duration::MAX),
    ]
}

fn any_attempt() -> impl proptest::strategy::Strategy<Value = u32> {
    prop_oneof![1..200_u32, any::<u32>(), Just(u32::MAX)]
}

proptest! {
    #[test]
    fn a_delay_is_never_zero_and_never_above_the_cap(
        strategy in any_strategy(),
        jitter in any_jitter(),
        base_delay in any_length(),
        max_delay in any_length(),
        factor in any::<f64>(),
        attempt in any_attempt(),
        previous in any_length(),
        unit in 0.0..1.0_f64,
    ) {
        let backoff = Backoff { strategy, base_delay, max_delay, factor, jitter };
        let delay = backoff.delay(attempt, previous, || unit);
        prop_assert!(delay > Duration::ZERO);
        prop_assert!(delay <= max_delay);
    }

    #[test]
    fn without_jitter_a_later_delay_is_never_shorter(
        strategy in prop_oneof![Just(Strategy::Exponential), Just(Strategy::Linear), Just(Strategy::Constant), Just(Strategy::Fibonacci)],
        base_delay in any_length(),
        max_delay in any_length(),
        factor in 1.0..100.0_f64,
        attempt in 1..u32::MAX,
    ) {
        let backoff = Backoff { strategy, base_delay, max_delay, factor, jitter: Jitter::None };
        let (one, next) = (attempt, attempt + 1);
        prop_assert!(backoff.delay(one, Duration::ZERO, no_draw) <= backoff.delay(next, Duration::ZERO, no_draw));
    }

    #[test]
    fn each_jitter_keeps_its_bounds(base in 2..10_000_000_000_u64, fraction in 0.0..1.0_f64, unit in 0.0..1.0_f64) {
        let base_delay = Duration::from_nanos(base);
        let delay = |jitter| {
            let backoff = Backoff { strategy: Strategy::Constant, base_delay, max_delay: Duration::MAX, factor: 2.0, jitter };
            backoff.delay(1, Duration::ZERO, || unit)
        };
        prop_assert!(delay(Jitter::Full) <= base_delay);
        prop_assert!((base_delay / 2..=base_delay).contains(&delay(Jitter::Equal)));
        prop_assert_eq!(delay(Jitter::None), base_delay);
        let widest = base_delay + base_delay.mul_f64(fraction) + Duration::from_nanos(1);
        prop_assert!((base_delay..=widest).contains(&delay(Jitter::Fraction(fraction))));
        let narrowest = base_delay.saturating_sub(widest - base_delay);
        prop_assert!((narrowest..=widest).contains(&delay(Jitter::Symmetric(fraction))));
    }
}
