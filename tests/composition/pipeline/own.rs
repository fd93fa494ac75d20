//! What a pipeline does that an attribute has no word for.

use std::cell::Cell;
use std::future::{pending, ready};
use std::pin::pin;
use std::task::{Context, Waker};

use crate::support::*;
use resilience::fallback::Recovery;
use resilience::{
    CircuitBreaker, CircuitState, Error, Fallback, Fault, Jitter, KeyedCircuitBreaker, Pipeline, Retry, Timeout,
};

fn breaker() -> CircuitBreaker {
    CircuitBreaker::builder("own").failure_threshold(1).build().unwrap()
}

fn retry() -> Retry {
    Retry::builder("own").max_attempts(3).base_delay(secs(1)).jitter(Jitter::None).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_body_is_made_when_the_layers_let_it_pass_and_not_before() {
    let breaker = breaker();
    let made = Cell::new(0);
    let pipeline = Pipeline::new().layer(retry()).layer(breaker.clone());
    let call = || {
        pipeline.call_async(|| {
            made.set(made.get() + 1);
            ready(Ok::<_, Failure>(1))
        })
    };
    let unpolled = call();
    assert_eq!(made.get(), 0);
    drop(unpolled);
    assert_eq!(call().await, Ok(1));
    assert_eq!(made.get(), 1);
    breaker.force_open();
    assert!(is_open(&call().await));
    assert_eq!((made.get(), breaker.stats().rejected), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_polls_is_none() {
    let (retry, breaker) = (retry(), breaker());
    let timeout = Timeout::builder("own").duration(secs(1)).build().unwrap();
    let pipeline = Pipeline::new().layer(retry.clone()).layer(breaker.clone()).layer(timeout.clone());
    drop(pipeline.call_async(|| ready(Ok::<_, Failure>(1))));
    assert_eq!((retry.stats().calls, breaker.stats().total_calls, timeout.stats().cancelled), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_fallback_may_be_awaited() {
    let fallback = Fallback::new("own");
    let slow = fallback.clone().with_async(|_: Fault<Failure>| async {
        tokio::time::sleep(secs(1)).await;
        Ok(7)
    });
    let pipeline = Pipeline::new().layer(slow.clone()).layer(breaker());
    assert_eq!(pipeline.call_async(|| ready(Err(Failure::Status(500)))).await, Ok(7));
    assert_eq!(pipeline.call_async(|| ready(Ok(1))).await, Ok(7), "the circuit is open");
    assert_eq!((fallback.stats().successes, fallback.stats().failures), (2, 0));

    // The caller leaves while it runs: nothing is counted, and nothing is left behind.
    assert!(tokio::time::timeout(millis(500), pipeline.call_async(|| ready(Ok(1)))).await.is_err());
    assert_eq!((fallback.stats().successes, fallback.stats().failures), (2, 0));

    // A limit of ours passes while it runs: that is a failure, for each attempt.
    let timeout = Timeout::builder("own").duration(millis(500)).build().unwrap();
    let picked = slow.when(|fault| matches!(fault, Fault::User(Failure::Status(500))));
    let pipeline = Pipeline::new().layer(retry()).layer(timeout).layer(picked);
    assert!(is_timeout(&pipeline.call_async(|| ready(Err(Failure::Status(500)))).await));
    assert_eq!(fallback.stats().failures, 3);
    assert_eq!(pipeline.call_async(|| ready(Err(Failure::Status(404)))).await, Err(Failure::Status(404)));
    assert_eq!((fallback.stats().successes, fallback.stats().failures), (2, 3), "not applied");
}

/// Attempts of a retry, so that each layer is polled again after it is done.
#[tokio::test(start_paused = true)]
async fn an_awaited_fallback_may_replace_values_and_hand_failures_back() {
    let fallback = Fallback::new("own");
    let replaced = fallback.clone().with_outcome_async(async |outcome: Result<u32, Fault<Failure>>| {
        tokio::time::sleep(secs(1)).await;
        Ok(outcome.map_or(7, |unwanted| unwanted + 100))
    });
    let pipeline = Pipeline::new()
        .layer(retry())
        .layer(replaced.when(|fault| matches!(fault, Fault::User(Failure::Status(404)))).when_result(|v| *v == 0));
    let script = Script::new([ok(5), ok(0), fail(404), fail(500), fail(500), ok(0)]);
    let mut replies = Vec::new();
    for _ in 0..4 {
        replies.push(pipeline.call_async(|| script.play_async()).await);
    }
    assert_eq!(replies, [Ok(5), Ok(100), Ok(7), Ok(100)]);
    assert_eq!((fallback.stats().successes, fallback.stats().failures), (3, 0));

    let fallback = Fallback::new("own");
    let recovering = fallback.clone().with_recovery_async(async |fault: Fault<Failure>| {
        tokio::time::sleep(secs(1)).await;
        match fault {
            Fault::User(Failure::Status(404)) => Ok(7).into(),
            Fault::User(Failure::Status(409)) => Recovery::Applied(Err(Failure::Status(999))),
            other => Recovery::NotApplied(other),
        }
    });
    let pipeline = Pipeline::new().layer(retry()).layer(recovering);
    let script = Script::new([fail(500), fail(404), fail(409), fail(500), ok(1)]);
    let mut replies = Vec::new();
    for _ in 0..2 {
        replies.push(pipeline.call_async(|| script.play_async()).await);
    }
    assert_eq!(replies, [Ok(7), Ok(1)]);
    assert_eq!((fallback.stats().successes, fallback.stats().failures), (1, 1));
}

#[test]
fn none_is_what_a_refused_call_returns() {
    let breaker = breaker();
    let pipeline = Pipeline::new().layer(breaker.clone());
    assert_eq!(pipeline.call(|| None::<u32>), None);
    assert_eq!(breaker.state(), CircuitState::Open);
    assert_eq!(pipeline.call(|| Some(1)), None);
}

/// No `From<resilience::Error>`.
#[derive(Debug, PartialEq)]
struct Opaque;

#[test]
fn no_conversion_is_asked_for_where_no_refusal_gets_out() {
    let _clock = stopped();
    assert_eq!(Pipeline::new().call(|| Err::<(), _>(Opaque)), Err(Opaque));
    assert_eq!(Pipeline::new().layer(retry()).call(|| Err::<(), _>(Opaque)), Err(Opaque));
    let covered = Pipeline::new().layer(Fallback::new("own").with(|_| Err(Opaque))).layer(breaker());
    assert_eq!(covered.call(|| Err::<(), _>(Opaque)), Err(Opaque));
}

#[test]
fn borrowed_errors_and_values_pass() {
    let _clock = stopped();
    let text = String::from("gone");
    let pipeline = Pipeline::new().layer(Fallback::new("own").with(|_| Err(text.as_str()))).layer(retry());
    assert_eq!(pipeline.call(|| Ok(&text[..2])), Ok("go"));
    assert_eq!(pipeline.call(|| Err::<&str, _>(&text[..2])), Err("gone"));
}

#[test]
fn a_member_of_a_family_is_looked_up_first() {
    let family = KeyedCircuitBreaker::new(CircuitBreaker::builder("tenant").failure_threshold(1), 10).unwrap();
    let ask = |key: &str, reply: Reply| Pipeline::new().layer(family.get(key)).call(|| reply.clone());
    assert_eq!(ask("a", Err(Failure::Status(500))), Err(Failure::Status(500)));
    assert!(is_open(&ask("a", Ok(1))));
    assert_eq!(ask("b", Ok(1)), Ok(1));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_crosses_the_layers_and_pipelines_within_pipelines() {
    let total = Timeout::builder("total").duration(secs(2)).build().unwrap();
    let retries = retry();
    let outer = Pipeline::new().layer(total);
    let inner = Pipeline::new().layer(retries.clone());
    let reply = outer.call_async(|| {
        inner.call_async(|| async {
            tokio::time::sleep(millis(1500)).await;
            Err::<(), _>(Failure::Status(500))
        })
    });
    assert_eq!(reply.await, Err(Failure::Status(500)), "no attempt starts that the limit would cut off");
    assert_eq!((retries.stats().retries, retries.stats().max_duration_reached), (0, 1));
}

#[test]
fn a_refusal_for_want_of_time_is_ignored_by_the_breaker_above() {
    let clock = resilience::clock::manual();
    let (breaker, limit) = (breaker(), Timeout::builder("own").duration(secs(1)).build().unwrap());
    let pipeline = Pipeline::new().layer(breaker.clone()).layer(limit.clone());
    let reply = limit.call(|| {
        clock.advance(secs(1));
        pipeline.call(|| -> Reply { unreachable!("there is no time left") })
    });
    assert!(is_timeout(&reply));
    assert_eq!((breaker.stats().ignored, breaker.stats().total_failures), (1, 0));
}

#[test]
fn an_unfinished_call_is_dropped_with_what_it_holds() {
    let breaker = breaker();
    let pipeline = Pipeline::new().layer(breaker.clone());
    {
        let mut call = pin!(pipeline.call_async(pending::<Result<(), Error>>));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!((breaker.stats().cancelled, breaker.stats().total_failures), (1, 0));
}
