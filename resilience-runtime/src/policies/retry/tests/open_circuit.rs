//! Waiting for an open circuit: what it takes, and how long it lasts.

use super::*;
use crate::core::error::Wait;
use crate::core::opening::Openings;

fn waiting() -> RetryBuilder {
    steady(3).retry_on_open(true)
}

fn open() -> Error {
    Error::circuit_open("inner", Span::maybe(Some(SECOND)))
}

fn half_open() -> Error {
    let name = "inner".into();
    Error::open_circuit(Openings::new(&name).source(&name), Wait::half_open(SECOND))
}

/// The delay of a step that goes on.
fn delay(step: Step) -> Duration {
    match step {
        Step::Retry(delay) => delay,
        Step::Done => panic!("it goes on"),
    }
}

#[test]
fn looking_at_a_half_open_circuit_again_takes_no_attempt() {
    let retry = waiting().build().unwrap();
    let frame = Frame::new();
    let mut attempts = retry.start_in(&frame);
    assert!(delay(attempts.after_refusal(&open())) >= SECOND);
    attempts.begin();
    for look in 0..30 {
        let longest = SECOND.min(Duration::from_millis(10 << look));
        let delay = delay(attempts.after_refusal(&half_open()));
        assert!((longest / 2..=longest).contains(&delay), "{look}: {delay:?}");
        attempts.begin();
        assert_eq!(retry.stats().retries, 1);
    }
    assert!(delay(attempts.after_refusal(&open())) >= SECOND, "the second of three attempts");
    attempts.begin();
    assert!(delay(attempts.after_refusal(&half_open())) <= Duration::from_millis(10), "it looks anew");
    attempts.begin();
    assert_eq!(attempts.after_refusal(&open()), Step::Done);
    assert_eq!((retry.stats().retries, retry.stats().max_attempts_reached), (2, 1));
}

#[test]
fn a_half_open_circuit_is_looked_at_for_so_long() {
    for longest in [Duration::from_micros(1), Duration::from_millis(15), SECOND, 60 * SECOND] {
        let retry = waiting().max_hint(longest).build().unwrap();
        let mut attempts = retry.start();
        let mut waited = Duration::ZERO;
        while let Step::Retry(delay) = attempts.after_refusal(&half_open()) {
            assert!(delay <= SECOND);
            waited += delay;
        }
        // Chance takes up to half of it.
        assert!((longest / 2..=longest).contains(&waited), "{longest:?}: {waited:?}");
        assert_eq!(retry.stats().max_duration_reached, 1);
    }
}

#[test]
fn a_single_attempt_waits_for_nothing() {
    let retry = waiting().max_attempts(1).build().unwrap();
    assert_eq!(retry.start().after_refusal(&open()), Step::Done);
    assert_eq!(retry.start().after_refusal(&half_open()), Step::Done);
    assert_eq!(retry.stats().max_attempts_reached, 2);
}

#[test]
fn a_circuit_that_is_forced_open_is_not_waited_for() {
    let breaker = crate::CircuitBreaker::builder("inner").build().unwrap();
    breaker.force_open();
    let retry = waiting().build().unwrap();
    let forced = breaker.try_acquire().unwrap_err();
    assert_eq!(retry.start().after_refusal(&forced), Step::Done);
    assert_eq!(retry.stats().not_retryable, 1);
}

#[test]
fn a_look_ends_where_time_ends() {
    let retry = waiting().build().unwrap();
    let _entered = crate::context::deadline::enter(crate::context::deadline::Limit::from_now(Duration::from_millis(1)));
    assert_eq!(retry.start().after_refusal(&half_open()), Step::Done);
    assert_eq!(retry.stats().max_duration_reached, 1);
}

#[test]
fn what_never_ran_is_not_paid_for() {
    let broke = Budget::builder("broke").ratio(0.0).min_per_second(0.0).build().unwrap();
    let retry = waiting().budget(broke.clone()).build().unwrap();
    let mut attempts = retry.start();
    assert!(delay(attempts.after_refusal(&open())) >= SECOND);
    delay(attempts.after_refusal(&half_open()));
    assert_eq!((broke.stats().granted, broke.stats().denied), (0, 0));
    assert_eq!(attempts.again_after(Duration::ZERO), Step::Done);
    assert_eq!(broke.stats().denied, 1);
}
