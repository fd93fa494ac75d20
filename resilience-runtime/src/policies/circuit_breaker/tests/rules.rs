//! Which calls open the pure machine.

use std::time::Duration;

use super::super::builder::CircuitBreakerBuilder;
use super::script::{SECOND, Script, opened};
use crate::core::outcome::Verdict;
use crate::core::state::CircuitState;

#[test]
fn five_failures_in_a_row_open_by_default() {
    let mut script = Script::new(|builder| builder);
    script.fail().fail().fail().fail().ok().fail().fail().fail().fail();
    assert_eq!(script.state(), CircuitState::Closed);
    assert_eq!(script.fail().state(), CircuitState::Open);
}

#[test]
fn seven_of_a_hundred_reach_a_rate_of_seven_percent() {
    let mut script = Script::new(|builder| builder.failure_rate(0.07));
    for call in 0..100 {
        assert_eq!(script.state(), CircuitState::Closed, "after {call} calls");
        if call < 93 {
            script.ok()
        } else {
            script.fail()
        };
    }
    assert_eq!(script.state(), CircuitState::Open);
}

#[test]
fn a_rate_of_zero_ignores_pure_success_and_opens_at_any_failure() {
    let mut script = Script::new(|builder| builder.failure_rate(0.0).window(4));
    script.ok().ok().ok().ok().ok().ok();
    assert_eq!(script.state(), CircuitState::Closed);
    assert_eq!(script.fail().state(), CircuitState::Open);
}

#[test]
fn a_success_that_fills_the_window_can_open() {
    let mut script = Script::new(|builder| builder.failure_rate(0.5).window(4));
    script.fail().fail().ok();
    assert_eq!(script.state(), CircuitState::Closed, "below the minimum of calls");
    assert_eq!(script.ok().state(), CircuitState::Open);
}

#[test]
fn the_window_of_calls_slides_after_ten_thousand_successes() {
    let mut script = Script::new(|builder| builder.failure_rate(0.5));
    for _ in 0..10_000 {
        script.ok();
    }
    for failures in 1..=50 {
        assert_eq!(script.state(), CircuitState::Closed, "before failure {failures}");
        script.fail();
    }
    assert_eq!(script.state(), CircuitState::Open);
}

#[test]
fn a_rate_rule_switches_the_default_threshold_off() {
    let mut script = Script::new(|builder| builder.failure_rate(0.9).window(100));
    for _ in 0..20 {
        script.fail();
    }
    assert_eq!(script.state(), CircuitState::Closed);
}

#[test]
fn a_failure_window_counts_failures_in_time_whatever_lies_between() {
    let mut script = Script::new(|builder| builder.failure_threshold(3).failure_window(60 * SECOND));
    script.fail().pass(30 * SECOND).fail().ok().pass(31 * SECOND).fail();
    assert_eq!(script.state(), CircuitState::Closed, "the first failure is too old");
    assert_eq!(script.pass(20 * SECOND).fail().state(), CircuitState::Open);
}

#[test]
fn a_window_of_time_forgets() {
    let mut script = Script::new(|builder| builder.failure_rate(0.5).window(10 * SECOND).minimum_calls(4));
    script.fail().fail().pass(11 * SECOND).ok().ok().ok();
    assert_eq!(script.fail().state(), CircuitState::Closed, "one of four");
    assert_eq!(script.fail().fail().state(), CircuitState::Open, "three of six");
}

#[test]
fn slow_calls_open_at_their_share() {
    let mut script = Script::new(|builder| builder.slow_call_duration(SECOND).slow_call_rate(0.5).window(4));
    script.call(Verdict::Success, SECOND).ok().ok().ok();
    assert_eq!(script.state(), CircuitState::Closed, "a quarter");
    script.call(Verdict::Success, SECOND);
    assert_eq!(script.state(), CircuitState::Closed, "still a quarter: the first has left the window");
    assert_eq!(script.call(Verdict::Success, SECOND).state(), CircuitState::Open);
}

#[test]
fn a_slow_call_that_is_given_up_enters_the_window_and_ends_no_run_of_failures() {
    let rules = |builder: CircuitBreakerBuilder| builder.slow_call_duration(SECOND).slow_call_rate(0.5).window(4);
    let mut script = Script::new(rules);
    for (latency, calls) in [(SECOND, 1), (SECOND - Duration::from_nanos(1), 1), (SECOND, 2)] {
        let ticket = script.ticket();
        script.give_up(ticket, latency);
        let tally = script.machine.view(&script.config, script.now).tally;
        assert_eq!((tally.calls, tally.slow, tally.failures), (calls, calls, 0));
    }
    assert_eq!(script.ok().ok().state(), CircuitState::Open, "two of four");

    let mut script = Script::new(|builder| rules(builder).failure_threshold(2));
    let ticket = script.fail().ticket();
    assert_eq!(script.give_up(ticket, SECOND).fail().state(), CircuitState::Open, "two failures in a row");
}

#[test]
fn a_slow_probe_that_is_given_up_has_failed() {
    let mut script = opened(|builder| builder.slow_call_duration(SECOND));
    let probe = script.pass(30 * SECOND).ticket();
    assert_eq!(script.give_up(probe, SECOND - Duration::from_nanos(1)).state(), CircuitState::HalfOpen);
    let probe = script.ticket();
    assert_eq!(script.give_up(probe, SECOND).state(), CircuitState::Open);
}

#[test]
fn a_slow_rate_of_zero_ignores_a_window_without_slow_calls_and_opens_at_any() {
    let mut script = Script::new(|builder| builder.slow_call_duration(SECOND).slow_call_rate(0.0).window(2));
    assert_eq!(script.ok().ok().ok().state(), CircuitState::Closed);
    assert_eq!(script.call(Verdict::Success, SECOND).state(), CircuitState::Open);
}

#[test]
fn a_mean_latency_above_the_limit_opens() {
    let mut script = Script::new(|builder| builder.max_average_latency(SECOND).window(2));
    script.call(Verdict::Success, SECOND).call(Verdict::Success, SECOND);
    assert_eq!(script.state(), CircuitState::Closed, "the mean is the limit");
    assert_eq!(script.call(Verdict::Success, 2 * SECOND).state(), CircuitState::Open);
}
