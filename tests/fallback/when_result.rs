//! `when_result = ..`: a fallback for values that are as good as none; and the twin, which leaves alone what it is not for.

use crate::support::*;
use resilience::{Fallback, fallback, retry};

both! {
    #[fallback(value = 1, when_result = |v: &u32| *v == 0)]
    fn for_failures_and_zero(script);

    #[fallback(|_| script.play(), when_result = is_zero, when = |e: &Failure| *e == Failure::Status(404))]
    fn for_some_failures_and_zero(script);

    #[fallback(other, when_result = |v| *v == 0, when = |_| false)]
    fn by_path(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    #[fallback(default, when_result = |v| *v == 5, when = |_| false)]
    fn below_a_retry(script);
}

fn is_zero(value: &u32) -> bool {
    *value == 0
}

fn other(script: &Script) -> Reply {
    Ok(u32::try_from(script.calls()).unwrap() + 10)
}

#[test]
fn a_value_that_is_not_wanted_is_replaced() {
    for_failures_and_zero::each([ok(0), ok(7), fail(500)], |case| {
        assert_eq!([case.call(), case.call(), case.call()], [Ok(1), Ok(7), Ok(1)]);
        assert_eq!((case.fallback().stats().successes, case.fallback().stats().failures), (2, 0));
    });
}

#[test]
fn errors_are_picked_by_when() {
    for_some_failures_and_zero::each([ok(0), ok(2), fail(404), fail(500), fail(503)], |case| {
        assert_eq!(case.call(), Ok(2));
        assert_eq!(case.call(), Err(Failure::Status(500)), "the fallback's own");
        assert_eq!(case.call(), Err(Failure::Status(503)), "not applied");
        assert_eq!((case.fallback().stats().successes, case.fallback().stats().failures), (1, 1));
    });
    by_path::each([ok(0), fail(404), ok(3)], |case| {
        assert_eq!(case.call(), Ok(11));
        assert_eq!(case.call(), Err(Failure::Status(404)));
        assert_eq!(case.call(), Ok(3));
    });
}

#[test]
fn a_policy_above_sees_the_replacement() {
    below_a_retry::each([fail(500), ok(5)], |case| {
        assert_eq!(case.call(), Ok(0));
        assert_eq!((case.calls(), case.retry().stats().successes_with_retry), (2, 1));
    });
}

#[fallback(value = Vec::new(), when_result = |lines: &Vec<String>| lines.len() > 2)]
async fn plain(lines: &[&str]) -> Vec<String> {
    lines.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_plain_value_may_be_replaced_too() {
    assert_eq!(plain(&["a"]).await, ["a"]);
    assert!(plain(&["a", "b", "c"]).await.is_empty());
}

#[test]
fn what_the_twin_leaves_alone_is_not_applied() {
    let fallback = Fallback::new("twin");
    let wanted = |reply: &Reply| !matches!(reply, Err(Failure::Status(404)) | Ok(0));
    let ask = |reply: Reply| fallback.call_with(|reply| !wanted(reply), || reply, |_| Ok(1));
    assert_eq!([ask(Ok(7)), ask(Ok(0)), ask(Err(Failure::Status(404)))], [Ok(7), Ok(1), Ok(1)]);
    assert_eq!(ask(Err(Failure::Status(500))), Err(Failure::Status(500)));
    assert_eq!((fallback.stats().successes, fallback.stats().failures), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn neither_is_what_the_awaited_twin_leaves_alone() {
    let fallback = Fallback::new("twin");
    let ask = |reply: Reply| {
        let slow = async |failed: Reply| {
            tokio::time::sleep(secs(1)).await;
            failed.or(Err(Failure::Status(999)))
        };
        fallback.call_async_with(|reply| *reply == Err(Failure::Status(404)), || async { reply }, slow)
    };
    assert_eq!((ask(Ok(7)).await, ask(Err(Failure::Status(500))).await), (Ok(7), Err(Failure::Status(500))));
    assert_eq!((fallback.stats().successes, fallback.stats().failures), (0, 0));
    assert_eq!(ask(Err(Failure::Status(404))).await, Err(Failure::Status(999)));
    assert!(tokio::time::timeout(millis(1), ask(Err(Failure::Status(404)))).await.is_err());
    assert_eq!((fallback.stats().successes, fallback.stats().failures), (0, 1), "a caller who leaves is no failure");
}
