//! One shape of an async call, whatever the policy: a closure that makes the future, when the call is let through.

use std::cell::Cell;
use std::time::Duration;

use resilience::{CircuitBreaker, Error, Fallback, Pipeline, Retry, Timeout, Verdict, deadline};

use crate::support::{millis, secs};

#[tokio::test(start_paused = true)]
async fn one_closure_serves_every_policy() {
    let made = Cell::new(0);
    let body = || {
        made.set(made.get() + 1);
        async { Ok::<_, Error>(7) }
    };
    let retry = Retry::builder("shape").build().unwrap();
    let breaker = CircuitBreaker::builder("shape").build().unwrap();
    let timeout = Timeout::builder("shape").duration(secs(1)).build().unwrap();
    let fallback = Fallback::new("shape");

    assert_eq!(retry.call_async(body).await, Ok(7));
    assert_eq!(breaker.call_async(body).await, Ok(7));
    assert_eq!(timeout.call_async(body).await, Ok(7));
    assert_eq!(fallback.call_async(body, async |_| Ok(0)).await, Ok(7));
    assert_eq!(retry.call_async_with(|attempts, page| attempts.stop(page.is_ok()), body).await, Ok(7));
    assert_eq!(breaker.call_async_with(Verdict::of, body).await, Ok(7));
    assert_eq!(fallback.call_async_with(Result::is_err, body, async |_| Ok(0)).await, Ok(7));
    assert_eq!(Pipeline::new().layer(timeout.clone()).call_async(body).await, Ok(7));
    assert_eq!(made.get(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_refused_or_not_polled_makes_no_future() {
    let breaker = CircuitBreaker::builder("shape").build().unwrap();
    breaker.force_open();
    let made = Cell::new(0);
    let body = || {
        made.set(made.get() + 1);
        async { Ok::<_, Error>(7) }
    };
    assert!(breaker.call_async(body).await.is_err());
    assert!(breaker.call_async_with(Verdict::of, body).await.is_err());
    drop(Timeout::builder("shape").duration(secs(1)).build().unwrap().call_async(body));
    assert_eq!(made.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_the_closure_does_by_itself_is_under_the_limit() {
    let timeout = Timeout::builder("shape").duration(millis(100)).build().unwrap();
    let seen = timeout.call_async(|| {
        let left = deadline::remaining();
        async move { Ok::<_, Error>(left) }
    });
    assert_eq!(seen.await, Ok(Some(Duration::from_millis(100))));
}
