//! Scripts of calls against the pure machine.

use std::time::Duration;

use super::super::builder::CircuitBreakerBuilder;
use super::super::config::Config;
use super::super::machine::{Admission, Machine, Ticket};
use super::super::reason::Effect;
use crate::clock::Instant;
use crate::opening::OpenReason;
use crate::outcome::Verdict;
use crate::state::CircuitState;
use crate::window::Successes;

const SECOND: Duration = Duration::from_secs(1);

/// A machine with its configuration and its own time.
struct Script {
    config: Config,
    machine: Machine,
    now: Instant,
}

impl Script {
    fn new(build: impl FnOnce(CircuitBreakerBuilder) -> CircuitBreakerBuilder) -> Self {
        let (_, config, wrong) = build(CircuitBreakerBuilder::new("script".into())).checked();
        assert_eq!(wrong, None);
        let now = Instant::from_nanos(1_000_000_000_000);
        Self { machine: Machine::new(&config, now), config, now }
    }

    fn pass(&mut self, by: Duration) -> &mut Self {
        self.now = self.now.saturating_add(by);
        self
    }

    fn ask(&mut self) -> Admission {
        self.machine.admit(&self.config, self.now, &[]).0
    }

    fn ticket(&mut self) -> Ticket {
        match self.ask() {
            Admission::Pass(ticket) => ticket,
            Admission::Refuse { .. } | Admission::Inside => panic!("refused in state {}", self.machine.state()),
        }
    }

    fn report(&mut self, ticket: Ticket, verdict: Verdict, latency: Duration) -> &mut Self {
        self.machine.record(&self.config, self.now, ticket, verdict, Some(latency));
        self
    }

    fn give_up(&mut self, ticket: Ticket, latency: Duration) -> &mut Self {
        self.machine.cancel(&self.config, self.now, ticket, Some(latency));
        self
    }

    fn call(&mut self, verdict: Verdict, latency: Duration) -> &mut Self {
        let ticket = self.ticket();
        self.report(ticket, verdict, latency)
    }

    fn ok(&mut self) -> &mut Self {
        self.call(Verdict::Success, Duration::ZERO)
    }

    fn fail(&mut self) -> &mut Self {
        self.call(Verdict::Failure, Duration::ZERO)
    }

    fn state(&self) -> CircuitState {
        self.machine.state_at(self.now)
    }
}

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

fn opened(build: impl FnOnce(CircuitBreakerBuilder) -> CircuitBreakerBuilder) -> Script {
    let mut script = Script::new(|builder| build(builder.failure_threshold(1)));
    assert_eq!(script.fail().state(), CircuitState::Open);
    script
}

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

/// What an opening says: rule, observed, threshold.
fn why(effect: Option<Effect>) -> Option<(&'static str, f64, f64)> {
    let reason = |reason: OpenReason| (reason.rule(), reason.observed(), reason.threshold());
    effect.map(|effect| match effect {
        Effect::Changed(change) => reason(change.reason),
        Effect::WouldOpen(broken) => reason(broken),
    })
}

impl Script {
    fn told(&mut self, verdict: Verdict, latency: Duration) -> Option<Effect> {
        let ticket = self.ticket();
        self.machine.record(&self.config, self.now, ticket, verdict, Some(latency))
    }
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
