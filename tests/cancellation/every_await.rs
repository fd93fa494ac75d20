//! Dropped at every await point of every script.

use std::cell::Cell;

use crate::support::*;
use crate::{breaker, calls_of, polled};
use resilience::{Fallback, Retry, Timeout, circuit_breaker, fallback, registry, retry, timeout};
use tokio::task::yield_now;
use tokio::time::sleep;

const NAME: &str = concat!(module_path!(), "::full");

thread_local! {
    static FALLBACKS: Cell<u64> = const { Cell::new(0) };
    static ANSWERS: Cell<u64> = const { Cell::new(0) };
}

async fn refresh(_attempt: u32, _error: &Failure) -> Result<(), Failure> {
    yield_now().await;
    sleep(secs(1)).await;
    Ok(())
}

#[fallback(|error| {
    FALLBACKS.set(FALLBACKS.get() + 1);
    yield_now().await;
    sleep(secs(1)).await;
    ANSWERS.set(ANSWERS.get() + 1);
    if error == Failure::Status(404) { Err(error) } else { Ok(77) }
})]
#[retry(max_attempts = 3, base_delay = "1s", jitter = none, retry_if = |e: &Failure| *e != Failure::Status(404), before_retry = refresh)]
#[circuit_breaker(name = NAME, failure_threshold = 1_000_000, ignore_if = |e: &Failure| *e == Failure::Status(400))]
#[timeout("5s")]
async fn full(script: &Script) -> Reply {
    yield_now().await;
    let reply = script.play_async().await;
    yield_now().await;
    reply
}

fn retry_of() -> Retry {
    registry().retry(NAME).unwrap()
}

fn timeout_of() -> Timeout {
    registry().timeout(NAME).unwrap()
}

fn fallback_of() -> Fallback {
    registry().fallback(NAME).unwrap()
}

/// Nothing is in flight, and every layer accounts for every call that reached it.
fn conserved(begun: u64, what: &str) {
    let function = calls_of(NAME);
    assert_eq!(function.in_flight, 0, "{what}");
    assert_eq!(function.calls, begun, "{what}");
    assert_eq!(function.successes + function.failures + function.ignored + function.cancelled, begun, "{what}");

    let breaker = breaker(NAME).stats();
    let admitted = breaker.total_successes + breaker.total_failures + breaker.ignored + breaker.cancelled;
    assert_eq!(breaker.total_calls, admitted + breaker.rejected, "{what}");

    let limit = timeout_of().stats();
    assert_eq!(limit.completed + limit.timed_out + limit.cancelled + limit.rejected, admitted, "{what}: {limit:?}");
    assert_eq!(limit.calls, admitted, "{what}");
    assert_eq!(limit.cancelled, breaker.cancelled, "{what}: both know who left");
    assert_eq!(limit.abandoned, 0, "{what}");

    let retry = retry_of().stats();
    assert_eq!(retry.calls, begun, "{what}: each call ends its retry once");
    assert_eq!(retry.successes + retry.failures + retry.cancelled, begun, "{what}");
    let fallback = fallback_of().stats();
    assert_eq!(fallback.successes + fallback.failures, ANSWERS.get(), "{what}: a dropped one is neither");
    assert_eq!(fallback.cancelled, FALLBACKS.get() - ANSWERS.get(), "{what}: but cancelled");
    assert_eq!(fallback.calls, FALLBACKS.get(), "{what}");
    assert_eq!(function.fell_back, FALLBACKS.get(), "{what}");
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_is_dropped_at_any_await_point_leaves_nothing_behind() {
    let scripts: [(&str, Vec<Step>); 9] = [
        ("success", vec![ok(1)]),
        ("slow success", vec![ok(1).after(secs(1))]),
        ("retry", vec![fail(500), ok(1).after(secs(1))]),
        ("two retries", vec![fail(500).after(secs(1)), fail(502), ok(1)]),
        ("fallback", vec![fail(500)]),
        ("fallback that fails", vec![fail(404)]),
        ("ignored", vec![fail(400)]),
        ("hung", vec![hang()]),
        ("hung, then well", vec![hang(), ok(1)]),
    ];
    let (mut begun, mut drops) = (0, 0);
    for (what, steps) in scripts {
        let mut done = false;
        for polls in 0..60 {
            let script = Script::new(steps.clone());
            let before = breaker(NAME).stats();
            let outcome = polled(polls, full(&script)).await;
            begun += u64::from(polls > 0);
            let what = format!("{what}, dropped after {polls} polls");
            assert_eq!(script.running().0, 0, "{what}");
            conserved(begun, &what);
            let after = breaker(NAME).stats();
            let cancelled = after.cancelled - before.cancelled;
            assert!(cancelled <= 1, "{what}: one attempt is under way at most");
            if outcome.is_some() {
                assert_eq!(cancelled, 0, "{what}: nobody left");
                assert!(polls > 1, "{what}");
                done = true;
                break;
            }
            drops += u64::from(polls > 0);
            assert_eq!(calls_of(NAME).cancelled, drops, "{what}: a future that was never polled is no call");
        }
        assert!(done, "{what} comes to an end");
    }
    assert!(drops > 60, "{drops} drops are few: where are the await points?");
}

#[tokio::test(start_paused = true)]
async fn a_drop_says_where_the_call_was() {
    // In the body: the breaker and the limit know.
    let before = breaker(NAME_OF_PLACES).stats().cancelled;
    let script = Script::new([fail(500), ok(1).after(secs(3))]);
    let _ = tokio::time::timeout(secs(2), places(&script)).await;
    assert_eq!(breaker(NAME_OF_PLACES).stats().cancelled - before, 1);

    // In the delay: the breaker has heard of the failure, and of nothing else.
    script.then([fail(500)]);
    let _ = tokio::time::timeout(millis(500), places(&script)).await;
    let stats = breaker(NAME_OF_PLACES).stats();
    assert_eq!((stats.cancelled - before, stats.total_failures), (1, 2));

    // In the fallback: the retry has had its say.
    let _ = tokio::time::timeout(secs(5), places(&script)).await;
    let (retry, fallback) = (registry().retry(NAME_OF_PLACES).unwrap(), registry().fallback(NAME_OF_PLACES).unwrap());
    assert_eq!((retry.stats().cancelled, retry.stats().max_attempts_reached), (2, 1));
    assert_eq!((fallback.stats().successes, fallback.stats().failures), (0, 0), "it has not answered");
    assert_eq!(calls_of(NAME_OF_PLACES).cancelled, 3);
}

const NAME_OF_PLACES: &str = concat!(module_path!(), "::places");

#[fallback(|_| { sleep(secs(60)).await; Ok(77) })]
#[retry(max_attempts = 2, base_delay = "1s", jitter = none)]
#[circuit_breaker(name = NAME_OF_PLACES, failure_threshold = 100)]
async fn places(script: &Script) -> Reply {
    script.play_async().await
}
