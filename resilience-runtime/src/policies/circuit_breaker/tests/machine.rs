//! The states of the pure machine after it has opened.

use std::time::Duration;

use super::super::machine::Admission;
use super::super::reason::Effect;
use super::script::{SECOND, Script, opened};
use crate::core::outcome::Verdict;
use crate::core::state::CircuitState;
use crate::core::window::Successes;

#[test]
fn an_open_breaker_says_how_long_it_refuses() {
    let mut script = opened(|builder| builder);
    assert_eq!(script.pass(10 * SECOND).ask(), Admission::Refuse { retry_after: Some(20 * SECOND) });
}

#[test]
fn time_alone_makes_an_open_breaker_half_open() {
    let mut script = opened(|builder| builder);
    assert_eq!(script.pass(29 * SECOND).state(), CircuitState::Open);
    assert_eq!(script.pass(SECOND).state(), CircuitState::HalfOpen);
}

#[test]
fn half_open_admits_its_probes_and_no_more() {
    let mut script = opened(|builder| builder.half_open_max_calls(2).success_threshold(2));
    script.pass(30 * SECOND);
    let (one, two) = (script.ticket(), script.ticket());
    assert_eq!(script.ask(), Admission::Refuse { retry_after: Some(30 * SECOND) });
    script.report(one, Verdict::Success, Duration::ZERO);
    assert_eq!(script.state(), CircuitState::HalfOpen, "one of two successes");
    assert_eq!(script.report(two, Verdict::Success, Duration::ZERO).state(), CircuitState::Closed);
}

#[test]
fn one_failed_probe_reopens_and_doubles_the_recovery_timeout_up_to_its_maximum() {
    let mut script = opened(|builder| builder.max_recovery_timeout(100 * SECOND));
    for seconds in [30, 60, 100, 100] {
        assert_eq!(script.pass((seconds - 1) * SECOND).state(), CircuitState::Open);
        script.pass(SECOND).fail();
    }
    assert_eq!(script.pass(100 * SECOND).ok().state(), CircuitState::Closed);
    script.fail().pass(30 * SECOND);
    assert_eq!(script.state(), CircuitState::HalfOpen, "the growth starts anew");
}

#[test]
fn a_cancelled_probe_frees_its_place() {
    let mut script = opened(|builder| builder);
    let probe = script.pass(30 * SECOND).ticket();
    script.give_up(probe, Duration::from_secs(3_600));
    assert_eq!(script.ok().state(), CircuitState::Closed);
}

#[test]
fn a_stuck_probe_frees_its_place() {
    let mut script = opened(|builder| builder);
    script.pass(30 * SECOND).ticket();
    assert_eq!(script.pass(29 * SECOND).ask(), Admission::Refuse { retry_after: Some(SECOND) });
    assert_eq!(script.pass(SECOND).ok().state(), CircuitState::Closed);
}

#[test]
fn probes_that_always_take_longer_than_the_recovery_timeout_still_decide() {
    for (verdict, state) in [(Verdict::Success, CircuitState::Closed), (Verdict::Failure, CircuitState::Open)] {
        let mut script = opened(|builder| builder);
        let slow = script.pass(30 * SECOND).ticket();
        let next = script.pass(31 * SECOND).ticket();
        assert_eq!(script.report(slow, verdict, Duration::ZERO).state(), state);
        assert_eq!(script.report(next, Verdict::Failure, Duration::ZERO).state(), state, "its generation is over");
    }
}

#[test]
fn an_open_breaker_shows_what_opened_it_until_it_closes() {
    let mut script = Script::new(|builder| builder.failure_rate(0.5).window(4));
    script.fail().ok().fail().ok();
    let shown = |script: &mut Script| {
        let view = script.machine.view(&script.config, script.now);
        (view.state, view.failure_count, view.tally.failures)
    };
    assert_eq!(shown(&mut script), (CircuitState::Open, 2, 2));
    script.pass(30 * SECOND).fail();
    assert_eq!(shown(&mut script), (CircuitState::Open, 2, 2), "a failed probe does not wipe it");
    script.pass(30 * SECOND).ok();
    assert_eq!(shown(&mut script), (CircuitState::Closed, 0, 0));
}

#[test]
fn an_ignored_probe_frees_its_place_and_decides_nothing() {
    let mut script = opened(|builder| builder);
    script.pass(30 * SECOND).call(Verdict::Ignored, Duration::ZERO);
    assert_eq!(script.state(), CircuitState::HalfOpen);
    assert_eq!(script.ok().state(), CircuitState::Closed);
}

#[test]
fn a_result_of_an_earlier_generation_changes_nothing() {
    let mut script = Script::new(|builder| builder.failure_threshold(1));
    let (first, late) = (script.ticket(), script.ticket());
    script.report(first, Verdict::Failure, Duration::ZERO).pass(30 * SECOND).ok();
    assert_eq!(script.state(), CircuitState::Closed);
    assert_eq!(script.report(late, Verdict::Failure, Duration::ZERO).state(), CircuitState::Closed);
}

#[test]
fn states_by_hand_hold_until_told_otherwise() {
    let mut script = Script::new(|builder| builder.failure_threshold(1));
    let (config, now) = (script.config.clone(), script.now);
    script.machine.force(&config, CircuitState::ForcedOpen, now);
    assert_eq!(script.pass(3_600 * SECOND).ask(), Admission::Refuse { retry_after: None });
    script.machine.force(&config, CircuitState::MetricsOnly, now);
    assert_eq!(script.fail().fail().state(), CircuitState::MetricsOnly);
    script.machine.force(&config, CircuitState::Closed, now);
    assert_eq!(script.fail().state(), CircuitState::Open);
}

/// As `counting_is_recording` shows, one thread alone never gets here.
#[test]
fn a_success_that_was_counted_during_a_failure_may_complete_the_rate() {
    let mut script = Script::new(|builder| builder.failure_rate(0.5).minimum_calls(2));
    script.fail();
    assert_eq!(script.machine.state(), CircuitState::Closed);
    let counted = Successes { calls: 1, ..Successes::default() };
    script.machine.absorb(&script.config, [(counted, script.now)].into_iter());
    assert_eq!(script.machine.state(), CircuitState::Closed, "it may be a reader who takes it in");
    let opened = script.machine.judge_absorbed(&script.config, script.now);
    assert!(matches!(opened, Some(Effect::Changed(change)) if change.to == CircuitState::Open));

    let mut script = Script::new(|builder| builder.failure_rate(0.5).minimum_calls(3));
    script.fail();
    script.machine.absorb(&script.config, [(counted, script.now)].into_iter());
    assert_eq!(script.machine.judge_absorbed(&script.config, script.now), None, "two of three calls");
}

#[test]
fn a_half_open_refusal_says_when_the_oldest_place_is_free_at_the_latest() {
    let mut script = opened(|builder| builder.half_open_max_calls(2));
    script.pass(30 * SECOND).ticket();
    script.pass(10 * SECOND).ticket();
    assert_eq!(script.pass(5 * SECOND).ask(), Admission::Refuse { retry_after: Some(15 * SECOND) });
}
