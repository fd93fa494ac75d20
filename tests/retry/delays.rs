//! How long is waited between attempts.

use std::time::Duration;

use crate::support::*;
use resilience::{Strategy, retry, timeout};

both! {
    #[retry(max_attempts = 5, base_delay = "1s", max_delay = "1h", jitter = none)]
    fn exponential(script);

    #[retry(max_attempts = 5, base_delay = "1s", max_delay = "1h", factor = 3.0, jitter = none)]
    fn thirds(script);

    #[retry(max_attempts = 5, strategy = linear, base_delay = "1s", max_delay = "1h", jitter = none)]
    fn linear(script);

    #[retry(max_attempts = 5, strategy = constant, base_delay = "1s", jitter = none)]
    fn constant(script);

    #[retry(max_attempts = 6, strategy = fibonacci, base_delay = "1s", max_delay = "1h", jitter = none)]
    fn fibonacci(script);

    #[retry(max_attempts = 4, strategy = squares, jitter = none)]
    fn custom(script);

    #[retry(max_attempts = 4, strategy = Strategy::Linear, base_delay = "1s", jitter = none)]
    fn linear_by_value(script);

    #[retry(max_attempts = 4, strategy = Strategy::Custom(squares), jitter = none)]
    fn custom_by_value(script);

    #[retry(max_attempts = 4, strategy = |attempt| secs(u64::from(attempt)) * script.calls() as u32, jitter = none)]
    fn closure(script);

    #[retry(max_attempts = 4, strategy = by_status, jitter = none)]
    fn seeing_the_error(script);

    #[retry(max_attempts = 4, jitter = none, strategy = |attempt, error| match error {
        Failure::Busy(pause) => *pause,
        _ => secs(u64::from(attempt)),
    })]
    fn closure_seeing_the_error(script);

    #[retry(max_attempts = 5, max_delay = "1h", jitter = none, strategy = by_status, retry_if_result = |v: &u32| *v == 202)]
    #[timeout("2s")]
    fn without_an_error(script);

    #[retry(max_attempts = 5, max_delay = "1h", jitter = none, strategy = squares, retry_if_result = |v: &u32| *v == 202)]
    #[timeout("2s")]
    fn by_attempt_without_an_error(script);

    #[retry(max_attempts = 3, max_delay = "2s", jitter = none, strategy = |_, _| secs(5), retry_after = |_| Some(secs(3)))]
    fn capped_and_hinted(script);

    #[retry(max_attempts = 4, jitter = none, strategy = by_status, max_elapsed = "3s")]
    fn not_asked_for_nothing(script);

    #[retry(max_attempts = 6, base_delay = "1s", max_delay = "3s", jitter = none)]
    fn capped(script);

    #[retry(max_attempts = 3, jitter = none)]
    fn defaults(script);

    #[retry(max_attempts = 3, base_delay = 250ms, jitter = none)]
    fn bare_unit(script);

    #[retry(max_attempts = 3, base_delay = PAUSE * 2, jitter = none)]
    fn computed(script);

    #[retry(max_attempts = 3, base_delay = pause_of(script), max_delay = "1h", jitter = none)]
    fn computed_from_an_argument(script);

    #[retry(max_attempts = 200, strategy = constant, base_delay = "1s")]
    fn full_jitter(script);

    #[retry(max_attempts = 200, base_delay = "1s", max_delay = "2s")]
    fn full_jitter_of_the_maximum(script);

    #[retry(max_attempts = 200, strategy = constant, base_delay = "1s", jitter = equal)]
    fn equal_jitter(script);

    #[retry(max_attempts = 200, strategy = constant, base_delay = "1s", jitter = 0.1)]
    fn a_tenth_of_jitter(script);

    #[retry(max_attempts = 200, strategy = constant, base_delay = "1s", jitter = symmetric(0.25))]
    fn symmetric_jitter(script);

    #[retry(max_attempts = 200, strategy = constant, base_delay = "1s", jitter = symmetric(SHARE / 2.0))]
    fn symmetric_jitter_as_computed(script);

    #[retry(max_attempts = 200, strategy = decorrelated, base_delay = "1s", max_delay = "20s")]
    fn decorrelated(script);

    #[retry(max_attempts = 40, base_delay = "1s", max_delay = "1h", factor = 1000.0, jitter = none)]
    fn saturated(script);

    #[retry(max_attempts = 5, base_delay = "0ms")]
    fn at_once(script);

    #[retry(max_attempts = 5, base_delay = Duration::ZERO, strategy = decorrelated)]
    fn at_once_as_computed(script);
}

const PAUSE: Duration = Duration::from_millis(500);

fn squares(attempt: u32) -> Duration {
    secs(u64::from(attempt * attempt))
}

const SHARE: f64 = 0.5;

/// 503: one second, 500: the attempt's number of seconds.
fn by_status(attempt: u32, error: &Failure) -> Duration {
    match error {
        Failure::Status(503) => secs(1),
        _ => secs(u64::from(attempt)),
    }
}

fn pause_of(script: &Script) -> Duration {
    secs(7 + script.calls() as u64)
}

/// The time between one call and the next.
fn pauses(case: &Case) -> Vec<Duration> {
    case.script.starts().windows(2).map(|pair| pair[1] - pair[0]).collect()
}

fn whole_seconds(case: &Case) -> Vec<f64> {
    pauses(case).iter().map(Duration::as_secs_f64).collect()
}

#[test]
fn an_exponential_delay_doubles_by_default() {
    exponential::each([fail(500)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(500)));
        assert_eq!(whole_seconds(case), [1.0, 2.0, 4.0, 8.0]);
        assert_eq!(case.elapsed(), secs(15), "nothing is slept after the last attempt");
        assert_eq!(case.retry().stats().backoff, secs(15));
    });
}

#[test]
fn an_exponential_delay_grows_by_its_factor() {
    thirds::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(whole_seconds(case), [1.0, 3.0, 9.0, 27.0]);
    });
}

#[test]
fn a_linear_delay_grows_by_the_base() {
    linear::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(whole_seconds(case), [1.0, 2.0, 3.0, 4.0]);
    });
    linear_by_value::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(whole_seconds(case), [1.0, 2.0, 3.0]);
    });
}

#[test]
fn a_constant_delay_stays() {
    constant::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(whole_seconds(case), [1.0; 4]);
    });
}

#[test]
fn a_fibonacci_delay_is_the_sum_of_the_two_before() {
    fibonacci::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(whole_seconds(case), [1.0, 1.0, 2.0, 3.0, 5.0]);
    });
}

#[test]
fn a_function_is_asked_with_the_number_of_the_failed_attempt() {
    custom::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(whole_seconds(case), [1.0, 4.0, 9.0]);
    });
}

#[test]
fn a_function_may_be_a_value_or_a_closure_that_uses_the_arguments() {
    custom_by_value::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(whole_seconds(case), [1.0, 4.0, 9.0]);
    });
    closure::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(whole_seconds(case), [1.0, 4.0, 9.0], "attempt times calls");
    });
}

#[test]
fn a_function_may_see_the_error() {
    seeing_the_error::each([fail(503), fail(503), fail(500)], |case| {
        let _ = case.call();
        assert_eq!(whole_seconds(case), [1.0, 1.0, 3.0]);
    });
    closure_seeing_the_error::each([hint(secs(9)), fail(500), hint(secs(4))], |case| {
        let _ = case.call();
        assert_eq!(whole_seconds(case), [9.0, 2.0, 4.0]);
    });
}

#[test]
fn without_an_error_to_see_the_delay_is_exponential() {
    // A value that asks for a retry, a time-out, an error.
    let steps = [ok(202), hang(), fail(500), ok(200)];
    without_an_error::each(steps.clone(), |case| {
        assert_eq!(case.call(), Ok(200));
        let [value, limit, error] = pauses(case)[..] else { panic!("{:?}", pauses(case)) };
        let took = if case.is_async() { secs(2) } else { secs(3600) };
        assert_eq!((value, limit - took, error), (millis(100), millis(200), secs(3)));
    });
    by_attempt_without_an_error::each(steps, |case| {
        assert_eq!(case.call(), Ok(200));
        let [value, limit, error] = pauses(case)[..] else { panic!("{:?}", pauses(case)) };
        let took = if case.is_async() { secs(2) } else { secs(3600) };
        assert_eq!((value, limit - took, error), (secs(1), secs(4), secs(9)), "it needs none");
    });
}

#[test]
fn the_delay_of_a_function_is_capped_and_a_hint_still_counts() {
    capped_and_hinted::each([fail(500)], |case| {
        let _ = case.call();
        assert!(pauses(case).iter().all(|pause| (secs(3)..=millis(3_301)).contains(pause)), "{:?}", pauses(case));
    });
}

#[test]
fn the_delay_of_a_function_is_not_slept_past_the_end() {
    not_asked_for_nothing::each([fail(503), fail(500), fail(500)], |case| {
        let _ = case.call();
        assert_eq!(case.script.starts(), [secs(0), secs(1), secs(3)]);
    });
}

#[test]
fn no_delay_is_longer_than_max_delay() {
    capped::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(whole_seconds(case), [1.0, 2.0, 3.0, 3.0, 3.0]);
    });
}

#[test]
fn a_delay_that_outgrows_every_number_stays_at_max_delay() {
    saturated::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(case.calls(), 40);
        assert!(whole_seconds(case)[2..].iter().all(|pause| *pause == 3600.0), "{:?}", whole_seconds(case));
    });
}

#[test]
fn the_default_delays_are_100_and_200_milliseconds() {
    defaults::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(pauses(case), [millis(100), millis(200)]);
    });
}

#[test]
fn a_delay_is_written_with_a_bare_unit_or_computed() {
    bare_unit::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(pauses(case), [millis(250), millis(500)]);
    });
    computed::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(whole_seconds(case), [1.0, 2.0]);
    });
}

#[test]
fn a_delay_may_use_the_arguments_at_each_call() {
    computed_from_an_argument::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(whole_seconds(case), [7.0, 14.0]);
        let _ = case.call();
        assert_eq!(whole_seconds(case)[3..], [10.0, 20.0], "three calls later");
        assert_eq!(case.retry().stats().calls, 2, "both count under one name");
    });
}

#[test]
fn a_base_of_zero_means_at_once() {
    at_once::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(pauses(case), [secs(0); 4]);
        assert_eq!((case.elapsed(), case.retry().stats().backoff), (secs(0), secs(0)));
    });
    at_once_as_computed::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(pauses(case), [secs(0); 4]);
    });
}

#[test]
fn full_jitter_spreads_over_the_whole_delay() {
    full_jitter::each([fail(500)], |case| {
        let _ = case.call();
        let pauses = whole_seconds(case);
        // tokio's timer rounds up to a millisecond.
        assert!(pauses.iter().all(|pause| *pause > 0.0 && *pause <= 1.001), "{pauses:?}");
        assert!(pauses.iter().any(|pause| *pause < 0.25) && pauses.iter().any(|pause| *pause > 0.75), "{pauses:?}");
    });
}

#[test]
fn a_delay_is_capped_before_it_is_spread() {
    full_jitter_of_the_maximum::each([fail(500)], |case| {
        let _ = case.call();
        let pauses = whole_seconds(case);
        assert!(pauses.iter().all(|pause| *pause <= 2.001), "{pauses:?}");
        let short = pauses.iter().filter(|pause| **pause < 1.0).count();
        assert!((50..150).contains(&short), "about half of them are in the lower half, not {short} of 199");
    });
}

#[test]
fn equal_jitter_keeps_half_of_the_delay() {
    equal_jitter::each([fail(500)], |case| {
        let _ = case.call();
        let pauses = whole_seconds(case);
        assert!(pauses.iter().all(|pause| (0.5..=1.001).contains(pause)), "{pauses:?}");
        assert!(pauses.iter().any(|pause| *pause < 0.6) && pauses.iter().any(|pause| *pause > 0.9), "{pauses:?}");
    });
}

#[test]
fn a_fraction_of_jitter_is_added_to_the_delay() {
    a_tenth_of_jitter::each([fail(500)], |case| {
        let _ = case.call();
        let pauses = whole_seconds(case);
        assert!(pauses.iter().all(|pause| (1.0..=1.101).contains(pause)), "{pauses:?}");
        assert!(pauses.iter().any(|pause| *pause > 1.05), "{pauses:?}");
    });
}

#[test]
fn a_symmetric_jitter_lies_on_both_sides_of_the_delay() {
    let check = |case: &Case| {
        let _ = case.call();
        let pauses = whole_seconds(case);
        assert!(pauses.iter().all(|pause| (0.75..=1.251).contains(pause)), "{pauses:?}");
        assert!(pauses.iter().any(|pause| *pause < 0.8) && pauses.iter().any(|pause| *pause > 1.2), "{pauses:?}");
    };
    symmetric_jitter::each([fail(500)], check);
    symmetric_jitter_as_computed::each([fail(500)], check);
}

#[test]
fn a_decorrelated_delay_is_at_most_three_times_the_one_before() {
    decorrelated::each([fail(500)], |case| {
        let _ = case.call();
        let pauses = whole_seconds(case);
        assert!((1.0..=3.001).contains(&pauses[0]), "{pauses:?}");
        assert!(pauses.iter().all(|pause| (1.0..=20.001).contains(pause)), "{pauses:?}");
        assert!(pauses.windows(2).all(|pair| pair[1] <= 3.0 * pair[0] + 0.001), "{pauses:?}");
        assert!(pauses.iter().any(|pause| *pause > 10.0), "{pauses:?}");
    });
}
