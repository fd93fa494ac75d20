//! Policies nested by hand, through their `call`: the rules for refusals are those of a stack of attributes, wherever the
//! error type shows a refusal.

use std::io;
use std::time::Duration;

use crate::support::*;
use resilience::{CircuitBreaker, CircuitState, Error, Retry, Timeout, Verdict};

type Boxed = Box<dyn std::error::Error + Send + Sync>;

fn breaker(name: &'static str) -> CircuitBreaker {
    CircuitBreaker::builder(name).failure_threshold(1).build().unwrap()
}

fn open() -> CircuitBreaker {
    let open = breaker("inner");
    open.force_open();
    open
}

fn retry() -> Retry {
    Retry::builder("outer").max_attempts(4).base_delay(secs(1)).build().unwrap()
}

/// The refusal of an open circuit is not retried, and is no failure of the breaker above it.
fn obeys_the_rules<E: From<Error> + 'static>() {
    let (inner, outer) = (open(), breaker("outer"));
    for _ in 0..3 {
        assert!(outer.call(|| inner.call(|| Ok::<(), E>(()))).is_err());
    }
    let stats = outer.stats();
    assert_eq!((stats.state, stats.total_failures, stats.ignored), (CircuitState::Closed, 0, 3));

    let (inner, retry) = (open(), retry());
    assert!(retry.call(|| inner.call(|| Ok::<(), E>(()))).is_err());
    assert_eq!((inner.stats().rejected, retry.stats().not_retryable), (1, 1));
}

async fn obeys_the_rules_when_awaited<E: From<Error> + 'static>() {
    let (inner, outer) = (open(), breaker("outer"));
    assert!(outer.call_async(|| inner.call_async(|| async { Ok::<(), E>(()) })).await.is_err());
    assert_eq!((outer.stats().total_failures, outer.stats().ignored), (0, 1));

    let (inner, retry) = (open(), retry());
    assert!(retry.call_async(|| inner.call_async(|| async { Ok::<(), E>(()) })).await.is_err());
    assert_eq!((inner.stats().rejected, retry.stats().not_retryable), (1, 1));
}

#[test]
fn a_refusal_that_never_ran_is_no_failure_and_is_not_retried() {
    let _clock = stopped();
    obeys_the_rules::<Error>();
    obeys_the_rules::<io::Error>();
    obeys_the_rules::<Boxed>();
    obeys_the_rules::<Box<dyn std::error::Error>>();
}

#[tokio::test(start_paused = true)]
async fn neither_is_it_when_awaited() {
    obeys_the_rules_when_awaited::<Error>().await;
    obeys_the_rules_when_awaited::<io::Error>().await;
    obeys_the_rules_when_awaited::<Boxed>().await;
}

#[test]
fn a_probe_that_an_inner_policy_refuses_decides_nothing() {
    let clock = resilience::clock::manual();
    let (inner, outer) = (open(), breaker("outer"));
    let _ = outer.call(|| Err::<(), _>(io::Error::other("down")));
    assert_eq!(outer.state(), CircuitState::Open);
    clock.advance(secs(30));
    assert!(outer.call(|| inner.call(|| Ok::<(), Error>(()))).is_err());
    assert_eq!(outer.state(), CircuitState::HalfOpen);
    assert_eq!(outer.call(|| Ok::<_, Error>(1)), Ok(1), "its place is free again");
    assert_eq!(outer.state(), CircuitState::Closed);
}

fn refused_by_a_limiter(retry_after: Option<Duration>) -> Error {
    Error::rate_limited("upstream", retry_after)
}

#[test]
fn a_time_out_is_a_failure_and_is_retried() {
    let clock = resilience::clock::manual();
    let (outer, retry) = (breaker("outer"), retry());
    let timeout = Timeout::builder("inner").duration(secs(1)).build().unwrap();
    let slow = || {
        clock.advance(secs(2));
        Ok::<(), Error>(())
    };
    assert!(outer.call(|| timeout.call(slow)).is_err());
    assert_eq!(outer.stats().total_failures, 1);
    assert!(retry.call(|| timeout.call(slow)).is_err());
    assert_eq!(retry.stats().retries, 3);
}

#[test]
fn a_limiter_is_asked_again_when_it_says_so() {
    let clock = resilience::clock::manual();
    let began = resilience::clock::now();
    let retry = retry();
    let mut answers = [Err(refused_by_a_limiter(Some(secs(20)))), Ok(1)].into_iter();
    assert_eq!(retry.call(|| answers.next().unwrap()), Ok(1));
    assert!(resilience::clock::now().since(began) >= secs(20));
    drop(clock);
}

#[test]
fn an_open_circuit_is_waited_for_where_the_retry_says_so() {
    let _clock = stopped();
    let breaker = breaker("inner");
    let retry = Retry::builder("outer").max_attempts(3).retry_on_open(true).build().unwrap();
    let _ = breaker.call(|| Err::<(), _>(Failure::Status(500)));
    assert_eq!(retry.call(|| breaker.call(|| Ok::<_, Error>(1))), Ok(1));
    assert_eq!((breaker.stats().rejected, retry.stats().successes_with_retry), (1, 1));
}

#[test]
fn a_retry_that_is_not_idempotent_retries_what_never_ran() {
    let _clock = stopped();
    let retry = Retry::builder("payment").idempotent(false).build().unwrap();
    let mut answers = [Err(refused_by_a_limiter(None)), Ok(1)].into_iter();
    assert_eq!(retry.call(|| answers.next().unwrap()), Ok(1));
    let mut answers = [Err(io::Error::other("no answer")), Ok(1)].into_iter();
    assert!(retry.call(|| answers.next().unwrap()).is_err());
}

#[test]
fn a_verdict_follows_the_same_rule() {
    let refusal = refused_by_a_limiter(None);
    assert_eq!(Verdict::of(&Err::<(), _>(refusal.clone())), Verdict::Ignored);
    assert_eq!(Verdict::of(&Err::<(), io::Error>(refusal.clone().into())), Verdict::Ignored);
    assert_eq!(Verdict::of(&Err::<(), _>(refusal.to_string())), Verdict::Failure, "a text shows nothing");
    assert_eq!(Verdict::of(&None::<()>), Verdict::Failure);
}

#[test]
fn an_error_of_its_own_type_is_an_error_of_the_body() {
    let _clock = stopped();
    let (inner, retry) = (open(), retry());
    assert!(is_open(&retry.call(|| inner.call(|| Reply::Ok(1)))));
    assert_eq!(inner.stats().rejected, 4, "`Failure` cannot be seen through; a pipeline need not");
}
