//! Which outcomes are tried again, and how soon.

use std::time::Duration;

use crate::support::*;
use resilience::retry;

both! {
    #[retry(max_attempts = 4, base_delay = "1s", retry_if = |e: &Failure| *e == Failure::Status(503))]
    fn only_unavailable(script);

    #[retry(max_attempts = 4, base_delay = "1s", retry_if = is_server_error)]
    fn by_path(script);

    #[retry(max_attempts = 4, base_delay = "1s", abort_if = |e: &Failure| *e == Failure::Status(404))]
    fn not_for_missing(script);

    #[retry(max_attempts = 4, base_delay = "1s", retry_if = is_server_error, abort_if = |e: &Failure| *e == Failure::Status(501))]
    fn abort_wins(script);

    #[retry(max_attempts = 4, base_delay = "1s", retry_if = |e| *e != Failure::Status(404))]
    fn inferred(script);

    #[retry(max_attempts = 4, base_delay = "1s", jitter = none, retry_if_result = |v: &u32| *v == 202)]
    fn until_done(script);

    #[retry(max_attempts = 2, base_delay = "1s", jitter = none, retry_if_result = |v: &u32| *v == 202)]
    fn never_done(script);

    #[retry(max_attempts = 3, strategy = constant, base_delay = "1s", jitter = none, retry_after = after)]
    fn hinted(script);

    #[retry(max_attempts = 3, strategy = constant, base_delay = "5s", jitter = none, retry_after = after)]
    fn hinted_below_the_delay(script);

    #[retry(max_attempts = 3, base_delay = "1s", max_delay = "2s", jitter = none, retry_after = after)]
    fn hinted_above_the_maximum(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, max_elapsed = "30s", retry_after = after)]
    fn hinted_beyond_the_end(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, retry_after = after)]
    fn hinted_for_long(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, retry_after = after, max_hint = "1h")]
    fn hinted_by_a_patient_server(script);

    #[retry(max_attempts = 4, base_delay = "1s", retry_if = |_| script.calls() < 2)]
    fn about_an_argument(script);
}

fn is_server_error(error: &Failure) -> bool {
    matches!(error, Failure::Status(500..=599))
}

fn after(error: &Failure) -> Option<Duration> {
    match error {
        Failure::Busy(after) => Some(*after),
        _ => None,
    }
}

#[test]
fn only_the_errors_that_retry_if_picks_are_retried() {
    only_unavailable::each([fail(503), fail(404), ok(1)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(404)));
        assert_eq!(case.calls(), 2);
        assert_eq!(case.retry().stats().not_retryable, 1);
        assert_eq!(case.play([fail(503), fail(503), ok(1)]), Ok(1));
    });
}

#[test]
fn a_predicate_may_be_a_path_or_leave_its_types_to_inference() {
    by_path::each([fail(500), fail(404)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(404)));
        assert_eq!(case.calls(), 2);
    });
    inferred::each([fail(500), fail(404)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(404)));
        assert_eq!(case.calls(), 2);
    });
}

#[test]
fn a_predicate_may_use_the_arguments() {
    about_an_argument::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(case.calls(), 2);
    });
}

#[test]
fn what_abort_if_picks_is_not_retried() {
    not_for_missing::each([fail(500), fail(404), ok(1)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(404)));
        assert_eq!(case.calls(), 2);
    });
}

#[test]
fn abort_if_wins_over_retry_if() {
    abort_wins::each([fail(500), fail(501), ok(1)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(501)));
        assert_eq!(case.calls(), 2);
    });
}

#[test]
fn a_value_may_count_as_try_again() {
    until_done::each([ok(202), fail(500), ok(202), ok(200)], |case| {
        assert_eq!(case.call(), Ok(200));
        assert_eq!(case.script.starts(), [secs(0), secs(1), secs(3), secs(7)]);
        assert_eq!(case.retry().stats().successes_with_retry, 1);
    });
}

#[test]
fn the_last_value_comes_back_when_none_is_good() {
    never_done::each([ok(202)], |case| {
        assert_eq!(case.call(), Ok(202));
        assert_eq!(case.calls(), 2);
        assert_eq!(case.retry().stats().max_attempts_reached, 1);
    });
}

#[test]
fn a_hint_is_a_lower_bound_on_the_next_delay() {
    hinted::each([hint(secs(10)), fail(500), ok(1)], |case| {
        assert_eq!(case.call(), Ok(1));
        let [_, told, after] = case.script.starts()[..] else { panic!("{:?}", case.script.starts()) };
        assert!((secs(10)..=millis(11_001)).contains(&told), "up to a tenth is on top: {told:?}");
        // tokio's timer rounds up to a millisecond.
        assert!((secs(1)..=millis(1_001)).contains(&(after - told)), "one hint is for one delay: {after:?}");
    });
    hinted_below_the_delay::each([hint(secs(2)), ok(1)], |case| {
        assert_eq!(case.call(), Ok(1));
        assert_eq!(case.script.starts(), [secs(0), secs(5)]);
    });
}

#[test]
fn a_hint_may_exceed_max_delay_as_the_server_knows_better() {
    hinted_above_the_maximum::each([hint(secs(60)), ok(1)], |case| {
        assert_eq!(case.call(), Ok(1));
        let told = case.script.starts()[1];
        assert!((secs(60)..=secs(67)).contains(&told), "{told:?}");
    });
}

#[test]
fn a_hint_above_max_hint_ends_the_retry_at_once() {
    hinted_for_long::each([hint(secs(61)), ok(1)], |case| {
        assert_eq!(case.call(), Err(Failure::Busy(secs(61))), "the last error");
        assert_eq!((case.calls(), case.elapsed()), (1, secs(0)));
        assert_eq!(case.retry().stats().max_duration_reached, 1);
    });
    hinted_by_a_patient_server::each([hint(secs(3600)), hint(secs(3601)), ok(1)], |case| {
        assert_eq!(case.call(), Err(Failure::Busy(secs(3601))));
        assert_eq!(case.calls(), 2);
    });
}

#[test]
fn callers_who_get_one_hint_do_not_come_back_as_one() {
    hinted_for_long::each([hint(secs(20))], |case| {
        let waits: Vec<Duration> = (0..100)
            .map(|_| {
                let before = case.elapsed();
                let _ = case.play([hint(secs(20)), ok(1)]);
                case.elapsed() - before
            })
            .collect();
        let (first, last) = (*waits.iter().min().unwrap(), *waits.iter().max().unwrap());
        assert!(first >= secs(20) && last <= millis(22_001), "{first:?} to {last:?}");
        assert!(last - first > millis(1_700), "{first:?} to {last:?}");
    });
}

#[test]
fn a_hint_past_max_elapsed_ends_the_retry_at_once() {
    hinted_beyond_the_end::each([hint(secs(60)), ok(1)], |case| {
        assert_eq!(case.call(), Err(Failure::Busy(secs(60))));
        assert_eq!(case.elapsed(), secs(0));
    });
}
