//! What the pure machine says of its openings, of a dry run, and of what was done by hand.

use super::super::machine::Admission;
use super::super::reason::Effect;
use super::script::{SECOND, Script, opened};
use crate::core::opening::OpenReason;
use crate::core::outcome::Verdict;
use crate::core::state::CircuitState;

/// What an opening says: rule, observed, threshold.
fn why(effect: Option<Effect>) -> Option<(&'static str, f64, f64)> {
    let reason = |reason: OpenReason| Some((reason.rule(), reason.observed()?, reason.threshold()?));
    effect.and_then(|effect| match effect {
        Effect::Changed(change) => reason(change.reason),
        Effect::WouldOpen(broken) => reason(broken),
    })
}

#[test]
fn an_opening_says_which_rule_what_it_saw_and_the_threshold() {
    let mut row = Script::new(|builder| builder.failure_threshold(2));
    assert_eq!(why(row.fail().told(Verdict::Failure, SECOND)), Some(("consecutive", 2.0, 2.0)));
    let mut within = Script::new(|builder| builder.failure_threshold(1).failure_window(SECOND));
    assert_eq!(why(within.told(Verdict::Failure, SECOND)), Some(("failure_window", 1.0, 1.0)));
    let mut rate = Script::new(|builder| builder.failure_rate(0.5).window(4));
    assert_eq!(why(rate.fail().fail().ok().told(Verdict::Failure, SECOND)), Some(("failure_rate", 0.75, 0.5)));
    let mut slow = Script::new(|builder| builder.slow_call_duration(SECOND).slow_call_rate(0.25).window(2));
    assert_eq!(why(slow.ok().told(Verdict::Success, SECOND)), Some(("slow_rate", 0.5, 0.25)));
    let mut mean = Script::new(|builder| builder.max_average_latency(SECOND).window(2));
    assert_eq!(why(mean.ok().told(Verdict::Success, 4 * SECOND)), Some(("mean_latency", 2.0, 1.0)));
    row.pass(30 * SECOND);
    assert_eq!(why(row.told(Verdict::Failure, SECOND)), Some(("probe_failed", 1.0, 0.0)));
}

#[test]
fn with_a_rate_the_probes_are_judged_together() {
    let judged =
        |rate| opened(|builder| builder.half_open_failure_rate(rate).success_threshold(4).half_open_max_calls(4));
    let mut script = judged(0.5);
    script.pass(30 * SECOND).fail().ok().ok();
    assert_eq!(script.state(), CircuitState::HalfOpen, "three of four have reported");
    assert_eq!(script.ok().state(), CircuitState::Closed, "one of four may fail");

    let mut script = judged(0.5);
    script.pass(30 * SECOND).fail();
    assert_eq!(why(script.told(Verdict::Failure, SECOND)), Some(("probe_failed", 0.5, 0.5)));
    assert_eq!(script.state(), CircuitState::Open, "whatever the other two come to");

    let mut script = judged(1.0);
    script.pass(30 * SECOND).fail().fail().fail();
    assert_eq!(script.state(), CircuitState::HalfOpen, "the fourth may succeed");
    assert_eq!(why(script.told(Verdict::Failure, SECOND)), Some(("probe_failed", 1.0, 1.0)));
    let mut script = judged(1.0);
    assert_eq!(script.pass(30 * SECOND).ok().fail().fail().fail().state(), CircuitState::Closed, "not all have failed");

    let mut script = judged(0.0);
    assert_eq!(script.pass(30 * SECOND).ok().ok().ok().ok().state(), CircuitState::Closed, "none has failed");
}

#[test]
fn a_dry_run_says_once_that_it_would_open_and_again_after_the_rule_was_met() {
    let mut script = Script::new(|builder| builder.failure_threshold(2));
    script.machine.force(&script.config, CircuitState::MetricsOnly, script.now);
    for expected in [None, Some(("consecutive", 2.0, 2.0)), None, None] {
        assert_eq!(why(script.told(Verdict::Failure, SECOND)), expected);
    }
    assert_eq!(script.machine.view(&script.config, script.now).failure_count, 4, "it goes on counting");
    script.ok().fail();
    assert_eq!(why(script.told(Verdict::Failure, SECOND)), Some(("consecutive", 2.0, 2.0)));
    assert_eq!(script.state(), CircuitState::MetricsOnly);
}

#[test]
fn a_dry_run_counts_all_failures_of_the_failure_window() {
    let mut script = Script::new(|builder| builder.failure_threshold(2).failure_window(60 * SECOND));
    script.machine.force(&script.config, CircuitState::MetricsOnly, script.now);
    for _ in 0..10 {
        script.fail();
    }
    assert_eq!(script.machine.view(&script.config, script.now).failure_count, 10);
}

#[test]
fn opened_by_hand_it_recovers_by_itself_and_goes_on_by_its_rules() {
    let mut script = Script::new(|builder| builder.max_recovery_timeout(100 * SECOND));
    script.machine.force_open_for(&script.config, Some(SECOND), script.now);
    assert_eq!(script.ask(), Admission::Refuse { retry_after: Some(SECOND) });
    assert_eq!(script.pass(SECOND).fail().pass(59 * SECOND).state(), CircuitState::Open, "twice the recovery timeout");
    assert_eq!(script.pass(SECOND).state(), CircuitState::HalfOpen);
    script.machine.force_open_for(&script.config, None, script.now);
    assert_eq!(script.ask(), Admission::Refuse { retry_after: Some(30 * SECOND) });
    script.machine.force(&script.config, CircuitState::HalfOpen, script.now);
    assert_eq!(script.ok().state(), CircuitState::Closed);
}
