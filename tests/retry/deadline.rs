//! A retry under a deadline does not sleep for an attempt that could not start in time.

use crate::support::*;
use resilience::{retry, timeout};

both! {
    #[timeout("10s")]
    #[retry(max_attempts = 10, strategy = constant, base_delay = "3s", jitter = none)]
    fn under_a_limit(script);

    #[timeout("9s")]
    #[retry(max_attempts = 10, strategy = constant, base_delay = "3s", jitter = none)]
    fn exactly_at_the_limit(script);

    #[timeout("10s")]
    #[retry(max_attempts = 10, strategy = constant, base_delay = "3s", jitter = none)]
    fn with_a_slow_body(script);

    #[retry(max_attempts = 10, strategy = constant, base_delay = "3s", jitter = none)]
    fn inner(script);

    #[timeout("10s")]
    #[retry(max_attempts = 10)]
    fn cut_off(script);

    #[timeout("10s")]
    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, retry_after = |_: &Failure| Some(secs(60)))]
    fn told_to_come_back_too_late(script);
}

#[test]
fn the_last_error_returns_at_once_when_the_next_attempt_would_be_too_late() {
    under_a_limit::each([fail(500)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(500)), "and not a timeout");
        assert_eq!(case.script.starts(), [secs(0), secs(3), secs(6), secs(9)]);
        assert_eq!(case.elapsed(), secs(9));
        assert_eq!(case.retry().stats().max_duration_reached, 1);
        assert_eq!(case.timeout().stats().timed_out, 0);
    });
}

#[test]
fn an_attempt_that_would_start_at_the_deadline_is_too_late() {
    exactly_at_the_limit::each([fail(500)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(500)));
        assert_eq!(case.script.starts(), [secs(0), secs(3), secs(6)]);
        assert_eq!(case.elapsed(), secs(6));
    });
}

#[test]
fn the_time_of_the_body_counts_towards_the_deadline() {
    with_a_slow_body::each([fail(500).after(secs(4))], |case| {
        let reply = case.call();
        if case.is_async() {
            assert!(is_timeout(&reply), "the second attempt had time to start, not to finish");
        } else {
            assert_eq!(reply, Err(Failure::Status(500)), "it finished late, in place, and its error stays");
        }
        assert_eq!(case.script.starts(), [secs(0), secs(7)]);
    });
}

#[test]
fn a_hint_past_the_deadline_ends_the_retry_at_once() {
    told_to_come_back_too_late::each([fail(429), ok(1)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(429)));
        assert_eq!((case.calls(), case.elapsed()), (1, secs(0)));
    });
}

mod callers {
    use super::*;

    #[timeout("10s", mode = deadline)]
    pub(super) fn blocking(script: &Script) -> Reply {
        inner::blocking::call(script)
    }

    #[timeout("10s")]
    pub(super) async fn awaited(script: &Script) -> Reply {
        inner::awaited::call(script).await
    }
}

#[test]
fn the_deadline_of_a_caller_counts() {
    let names = [inner::blocking::NAME, inner::awaited::NAME];
    each(
        names,
        [fail(500)],
        callers::blocking,
        |script| Box::pin(callers::awaited(script)),
        |case| {
            assert_eq!(case.call(), Err(Failure::Status(500)));
            assert_eq!(case.script.starts(), [secs(0), secs(3), secs(6), secs(9)]);
            assert_eq!(case.elapsed(), secs(9));
            assert_eq!(case.retry().stats().max_duration_reached, 1);
        },
    );
}

#[test]
fn a_retry_that_a_timeout_drops_is_not_one_that_its_caller_dropped() {
    cut_off::each([hang()], |case| {
        assert!(is_timeout(&case.call()));
        let stats = case.retry().stats();
        assert_eq!((stats.calls, stats.cancelled), (1, 0));
        // A sync body is not dropped: it came late, and succeeded.
        let (late, in_time) = (stats.max_duration_reached, stats.successes_without_retry);
        assert_eq!((late, in_time), if case.is_async() { (1, 0) } else { (0, 1) });
    });
}

#[test]
fn without_a_deadline_the_same_function_goes_on() {
    inner::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(case.calls(), 10);
    });
}
