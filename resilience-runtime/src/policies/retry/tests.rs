mod at_once;
mod first;
mod hints;
mod open_circuit;
mod warned;

use std::time::Duration;

use super::as_configured;
use super::config::{BudgetRef, Config};
use super::schedule::{self, Cause, Progress, Wish};
use super::stats::End;
use super::{Jitter, Retry, RetryBuilder, Step, Strategy};
use crate::context::deadline::Limit;
use crate::context::frame::Frame;
use crate::core::clock::Instant;
use crate::core::error::{Error, Span};
use crate::core::outcome::{Fault, UserOnly};
use crate::core::policy::Policy;
use crate::policies::budget::Budget;

const SECOND: Duration = Duration::from_secs(1);

fn steady(attempts: u32) -> RetryBuilder {
    Retry::builder("test").max_attempts(attempts).strategy(Strategy::Constant).jitter(Jitter::None).base_delay(SECOND)
}

fn config(builder: RetryBuilder) -> Config {
    builder.build().unwrap().config().clone()
}

const START: Instant = Instant::from_nanos(1_000_000_000_000);

fn progress(attempt: u32) -> Progress {
    Progress { attempt, looks: 0, previous: Duration::ZERO, started: Some(START), deadline: Instant::NEVER }
}

fn next(config: &Config, progress: Progress, at_least: Duration) -> Result<Duration, End> {
    schedule::next(config, &progress, Cause::Failed(at_least), || None, START, || 0.5).map(|wait| wait.delay)
}

#[test]
fn the_attempts_are_counted_with_the_first() {
    let config = config(steady(3));
    assert_eq!(next(&config, progress(2), Duration::ZERO), Ok(SECOND));
    assert_eq!(next(&config, progress(3), Duration::ZERO), Err(End::MaxAttempts));
}

#[test]
fn a_servers_hint_is_a_lower_bound() {
    let config = config(steady(3));
    assert_eq!(next(&config, progress(1), 20 * SECOND), Ok(21 * SECOND), "a tenth is on top, even above `max_delay`");
    assert_eq!(next(&config, progress(1), Duration::from_millis(1)), Ok(SECOND));
}

#[test]
fn no_attempt_starts_past_max_elapsed() {
    let within = config(steady(3).max_elapsed(SECOND));
    assert_eq!(next(&within, progress(1), Duration::ZERO), Ok(SECOND));
    let past = config(steady(3).max_elapsed(SECOND - Duration::from_nanos(1)));
    assert_eq!(next(&past, progress(1), Duration::ZERO), Err(End::MaxDuration));
}

#[test]
fn an_attempt_that_could_not_start_before_the_deadline_is_not_waited_for() {
    let config = config(steady(3));
    let until = |deadline: Duration| Progress { deadline: START.saturating_add(deadline), ..progress(1) };
    assert_eq!(next(&config, until(2 * SECOND), Duration::ZERO), Ok(SECOND));
    assert_eq!(next(&config, until(SECOND), Duration::ZERO), Err(End::MaxDuration));
}

#[test]
fn refusals_are_retried_when_that_can_help() {
    let all = config(steady(3));
    let once = config(steady(3).idempotent(false));
    let name = "inner".into();
    let timeout = Error::timeout(&name, SECOND, None);
    let limited = Error::rate_limited("inner", Some(7 * SECOND));
    let open = Error::circuit_open("inner", Span::maybe(Some(9 * SECOND)));
    assert_eq!(schedule::on_refusal(&all, &timeout), Wish::Again(Cause::Failed(Duration::ZERO)));
    assert_eq!(schedule::on_refusal(&once, &timeout), Wish::Stop(End::NotRetryable), "the body ran");
    assert_eq!(schedule::on_refusal(&all, &limited), Wish::Again(Cause::Failed(7 * SECOND)));
    assert_eq!(schedule::on_refusal(&once, &limited), Wish::Again(Cause::Failed(7 * SECOND)), "the body did not run");
    assert_eq!(schedule::on_refusal(&all, &open), Wish::Stop(End::NotRetryable));
    let waits = config(steady(3).retry_on_open(true));
    assert_eq!(schedule::on_refusal(&waits, &open), Wish::Again(Cause::Open(9 * SECOND)));
}

#[cfg(feature = "test-util")]
#[test]
fn a_sync_retry_moves_the_stopped_clock_instead_of_sleeping() {
    let clock = crate::core::clock::manual();
    let (start, mut tries) = (crate::core::clock::now(), 0);
    let retry = steady(3).build().unwrap();
    let outcome = retry.call(|| {
        tries += 1;
        Err::<(), _>(tries)
    });
    assert_eq!((outcome, tries), (Err(3), 3), "the last error comes back");
    assert_eq!(crate::core::clock::now().since(start), 2 * SECOND);
    assert_eq!((retry.stats().retries, retry.stats().max_attempts_reached), (2, 1));
    drop(clock);
}

#[test]
fn predicates_decide_and_abort_wins() {
    let retry = steady(9).build().unwrap();
    let frame = Frame::new();
    let judge = |outcome: Result<u32, UserOnly<&str>>, abort: bool| {
        let mut attempts = retry.start_in(&frame);
        let hint = |error: &&str| (*error == "hint").then_some(5 * SECOND);
        attempts.judge(
            &outcome,
            |error| *error != "final",
            |_| abort,
            |value| *value == 0,
            hint,
            |_| String::new(),
            as_configured,
        )
    };
    assert_eq!(judge(Ok(1), false), Step::Done);
    assert_eq!(judge(Ok(0), false), Step::Retry(SECOND), "a value that asks for a retry");
    assert_eq!(judge(Err(UserOnly("busy")), false), Step::Retry(SECOND));
    let Step::Retry(delay) = judge(Err(UserOnly("hint")), false) else { panic!("it has time") };
    assert!((5 * SECOND..=SECOND * 11 / 2).contains(&delay), "{delay:?}");
    assert_eq!(judge(Err(UserOnly("final")), false), Step::Done);
    assert_eq!(judge(Err(UserOnly("busy")), true), Step::Done);
}

#[test]
fn a_body_that_must_not_run_twice_is_retried_only_when_it_never_ran() {
    let retry = steady(9).idempotent(false).build().unwrap();
    let frame = Frame::new();
    let judge = |outcome: Result<(), Fault<()>>| {
        retry.start_in(&frame).judge(
            &outcome,
            |()| true,
            |()| false,
            |()| true,
            |()| None,
            |()| String::new(),
            as_configured,
        )
    };
    assert_eq!(judge(Ok(())), Step::Done);
    assert_eq!(judge(Err(Fault::User(()))), Step::Done);
    assert_eq!(judge(Err(Fault::Refused(Error::rate_limited("inner", None)))), Step::Retry(SECOND));
}

#[test]
fn a_budget_pays_for_retries_and_nothing_else() {
    let budget = crate::policies::budget::Budget::builder("shared").ratio(0.0).min_per_second(2.0).build().unwrap();
    let retry = steady(9).budget(budget.clone()).build().unwrap();
    let mut attempts = retry.start();
    assert_eq!(attempts.after(&Err::<(), _>(())), Step::Retry(SECOND));
    assert_eq!(attempts.after(&Err::<(), _>(())), Step::Retry(SECOND));
    assert_eq!(attempts.after(&Err::<(), _>(())), Step::Done);
    assert_eq!((retry.stats().budget_exhausted, budget.stats().granted, budget.stats().denied), (1, 2, 1));
}

#[test]
fn dropped_attempts_count_as_cancelled() {
    let retry = steady(3).build().unwrap();
    drop(retry.start());
    assert_eq!((retry.stats().calls, retry.stats().cancelled), (1, 1));
}

#[test]
fn a_retry_counts_when_its_attempt_begins() {
    let retry = steady(3).build().unwrap();
    let frame = Frame::new();
    let mut attempts = retry.start_in(&frame);
    attempts.begin();
    assert_eq!(attempts.after(&Err::<(), _>(())), Step::Retry(SECOND));
    assert_eq!((attempts.attempt(), retry.stats().retries), (1, 0), "it waits");
    attempts.begin();
    assert_eq!((attempts.attempt(), retry.stats().retries), (1, 1), "it runs");
    assert_eq!(attempts.after(&Err::<(), _>(())), Step::Retry(SECOND));
    assert_eq!(attempts.attempt(), 2);
    drop(attempts);
    assert_eq!((retry.stats().calls, retry.stats().retries, retry.stats().backoff), (1, 1, Duration::from_secs(2)));
}

#[test]
fn an_attempt_of_a_loop_by_hand_counts_when_it_is_judged() {
    let retry = steady(3).build().unwrap();
    let mut attempts = retry.start();
    assert_eq!(attempts.after(&Err::<(), _>(())), Step::Retry(SECOND));
    assert_eq!(attempts.after(&Ok::<_, ()>(())), Step::Done);
    assert_eq!((attempts.attempt(), retry.stats().retries, retry.stats().successes_with_retry), (2, 1, 1));
}

#[test]
fn attempts_that_are_done_stay_done() {
    let budget = crate::policies::budget::Budget::builder("done").build().unwrap();
    let retry = steady(9).budget(budget.clone()).build().unwrap();
    let mut attempts = retry.start();
    assert_eq!(attempts.stop(false), Step::Done);
    assert_eq!(attempts.again_after(SECOND), Step::Done);
    assert_eq!(attempts.after(&Err::<(), _>(())), Step::Done);
    assert_eq!(attempts.after_refusal(&Error::rate_limited("inner", None)), Step::Done);
    let stats = retry.stats();
    assert_eq!((stats.calls, stats.retries, stats.not_retryable, budget.stats().granted), (1, 0, 1, 0));
}

#[test]
fn a_servers_hint_is_not_the_previous_delay() {
    let millis = Duration::from_millis;
    let builder = Retry::builder("test").max_attempts(3).strategy(Strategy::Decorrelated).base_delay(millis(10));
    let retry = builder.max_delay(100 * SECOND).build().unwrap();
    for _ in 0..50 {
        let mut attempts = retry.start();
        assert!(matches!(attempts.again_after(60 * SECOND), Step::Retry(delay) if delay >= 60 * SECOND));
        let Step::Retry(delay) = attempts.again_after(Duration::ZERO) else { panic!("one attempt is left") };
        assert!(delay <= 9 * millis(10), "the strategy drew at most 30 ms before: {delay:?}");
    }
}

#[test]
fn a_refusal_is_judged_by_hand_as_behind_an_attribute() {
    let retry = steady(3).idempotent(false).build().unwrap();
    let name = "inner".into();
    let limited = retry.start().after_refusal(&Error::rate_limited("inner", Some(7 * SECOND)));
    assert!(matches!(limited, Step::Retry(delay) if delay >= 7 * SECOND), "{limited:?}");
    assert_eq!(retry.start().after_refusal(&Error::circuit_open("inner", Span::maybe(None))), Step::Done);
    assert_eq!(retry.start().after_refusal(&Error::timeout(&name, SECOND, None)), Step::Done, "the body ran");
}

#[test]
fn attempts_that_a_deadline_drops_took_too_long() {
    let retry = steady(3).build().unwrap();
    let limit = Limit::from_now(Duration::from_millis(5));
    let _entered = crate::context::deadline::enter(limit);
    let attempts = retry.start();
    while crate::core::clock::now() < limit.deadline() {
        std::hint::spin_loop();
    }
    drop(attempts);
    assert_eq!((retry.stats().max_duration_reached, retry.stats().cancelled), (1, 0));
    drop(retry.start());
    assert_eq!((retry.stats().max_duration_reached, retry.stats().cancelled), (1, 1), "it began when nothing was left");
}

#[test]
fn attempts_that_are_dropped_before_their_deadline_are_cancelled() {
    let retry = steady(3).build().unwrap();
    let _entered = crate::context::deadline::enter(Limit::from_now(3600 * SECOND));
    drop(retry.start());
    {
        let frame = Frame::new();
        let mut call = std::pin::pin!(async {
            let _attempts = retry.start_in_task(&frame);
            crate::context::frame::watch(&frame, std::future::pending::<()>()).await;
        });
        assert!(call.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_pending());
    }
    assert_eq!((retry.stats().max_duration_reached, retry.stats().cancelled), (0, 2));
}

#[test]
fn a_call_that_ends_with_its_first_attempt_was_not_retried() {
    let retry = steady(2).build().unwrap();
    retry.start().stop(false);
    let mut attempts = retry.start();
    attempts.again_after(Duration::ZERO);
    attempts.stop(false);
    let [without, with] = retry.totals().results.map(|ends| ends[End::NotRetryable as usize]);
    assert_eq!((without, with), (1, 1));
}

#[test]
fn a_shared_budget_is_equal_to_itself_only() {
    let budget = || Budget::builder("shared").build().unwrap();
    let (one, other) = (budget(), budget());
    assert_eq!(BudgetRef::from(one.clone()), BudgetRef::from(one.clone()));
    assert_ne!(BudgetRef::from(one), BudgetRef::from(other));
}

#[cfg(feature = "test-util")]
#[test]
fn what_runs_after_the_delay_may_use_up_the_time() {
    let clock = crate::core::clock::manual();
    let retry = steady(3).max_elapsed(5 * SECOND).build().unwrap();
    let mut attempts = retry.start();
    assert_eq!(attempts.after(&Err::<(), _>(())), Step::Retry(SECOND));
    clock.advance(5 * SECOND);
    assert!(!attempts.is_late());
    clock.advance(SECOND);
    assert!(attempts.is_late());
    assert_eq!((retry.stats().max_duration_reached, retry.stats().retries), (1, 0));
}

#[test]
fn a_builder_says_which_value_is_wrong() {
    let wrong = |builder: RetryBuilder| builder.build().unwrap_err().to_string();
    let builder = || Retry::builder("r");
    assert_eq!(wrong(builder().max_attempts(0)), "retry `r`: `max_attempts` is 0; it must be at least 1");
    assert_eq!(wrong(builder().factor(0.5)), "retry `r`: `factor` is 0.5; it must be a finite number of at least 1");
    assert_eq!(
        wrong(builder().factor(f64::NAN)),
        "retry `r`: `factor` is NaN; it must be a finite number of at least 1"
    );
    assert_eq!(wrong(builder().jitter(Jitter::Fraction(1.5))), "retry `r`: `jitter` is 1.5; it must be from 0 to 1");
    assert_eq!(wrong(builder().budget(2.0)), "retry `r`: `budget` is 2.0; it must be from 0 to 1");
    assert_eq!(wrong(builder().jitter(Jitter::Symmetric(1.5))), "retry `r`: `jitter` is 1.5; it must be from 0 to 1");
    assert_eq!(wrong(builder().max_hint(Duration::ZERO)), "retry `r`: `max_hint` is 0ns; it must be longer than zero");
    assert!(wrong(builder().max_delay(Duration::ZERO)).contains("no shorter than `base_delay`"));
    assert!(wrong(builder().base_delay(20 * SECOND).max_delay(10 * SECOND)).contains("no shorter than `base_delay`"));
}

#[test]
fn a_default_yields_to_the_delay_that_is_given() {
    let delays = |builder: RetryBuilder| {
        let (Config { backoff, .. }, wrong) = builder.into_config();
        assert_eq!(wrong, None);
        (backoff.base_delay, backoff.max_delay)
    };
    let builder = || Retry::builder("r");
    let (millis, secs) = (Duration::from_millis, Duration::from_secs);
    assert_eq!(delays(builder()), (millis(100), secs(10)));
    assert_eq!(delays(builder().base_delay(secs(5))), (secs(5), secs(10)));
    assert_eq!(delays(builder().base_delay(secs(20))), (secs(20), secs(20)));
    assert_eq!(delays(builder().max_delay(millis(50))), (millis(50), millis(50)));
    assert_eq!(delays(builder().max_delay(secs(1))), (millis(100), secs(1)));
    let clamped = builder().base_delay(secs(20)).max_delay(secs(1)).within_bounds();
    assert_eq!(delays(clamped), (secs(20), secs(20)), "it has been complained of");
}
