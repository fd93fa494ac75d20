//! Deadlines by hand: set for a future, taken from it, and handed on.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use resilience::{CircuitBreaker, retry};

use super::*;

#[tokio::test(start_paused = true)]
async fn a_scope_counts_from_the_first_poll_and_ends_with_the_future() {
    let scoped = deadline::scope(100 * MS, async {
        let before = deadline::remaining();
        tokio::time::sleep(40 * MS).await;
        (before, deadline::remaining())
    });
    tokio::time::sleep(30 * MS).await;
    assert_eq!(scoped.await, (Some(100 * MS), Some(60 * MS)));
    assert_eq!(deadline::current(), None);
}

#[tokio::test(start_paused = true)]
async fn a_scope_does_not_end_the_future() {
    let scoped = deadline::scope(10 * MS, async {
        tokio::time::sleep(40 * MS).await;
        deadline::remaining()
    });
    assert_eq!(scoped.await, Some(Duration::ZERO));
    assert_eq!(deadline::scope(Duration::ZERO, async { deadline::remaining() }).await, Some(Duration::ZERO));
    assert_eq!(deadline::scope(Duration::MAX, async { deadline::remaining() }).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_scope_may_shorten_a_deadline_and_not_lengthen_it() {
    let scoped = async |limit| deadline::scope(limit, async { deadline::remaining() }).await;
    let limited = timeout(100 * MS);
    let seen = limited.call_async(|| async { Ok::<_, Error>((scoped(30 * MS).await, scoped(300 * MS).await)) });
    assert_eq!(seen.await, Ok((Some(30 * MS), Some(100 * MS))));
}

#[retry(max_attempts = 3, strategy = constant, base_delay = "50ms", jitter = none)]
async fn failing(calls: &std::cell::Cell<u32>) -> Result<(), Error> {
    calls.set(calls.get() + 1);
    Err(Error::rate_limited("busy", None))
}

#[tokio::test(start_paused = true)]
async fn a_scope_informs_the_retries_inside() {
    let calls = std::cell::Cell::new(0);
    assert!(deadline::scope(80 * MS, failing(&calls)).await.is_err());
    assert_eq!(calls.take(), 2);
    assert!(deadline::scope(80 * MS, deadline::detach(failing(&calls))).await.is_err());
    assert_eq!(calls.get(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_is_dropped_after_its_scope_has_timed_out_and_detached_it_is_cancelled() {
    let breaker = CircuitBreaker::builder("scoped").build().unwrap();
    let pending = || breaker.call_async(pending::<Option<()>>);
    let _ = tokio::time::timeout(100 * MS, deadline::scope(100 * MS, pending())).await;
    assert_eq!((breaker.stats().total_failures, breaker.stats().cancelled), (1, 0));
    let _ = tokio::time::timeout(100 * MS, deadline::scope(100 * MS, deadline::detach(pending()))).await;
    assert_eq!((breaker.stats().total_failures, breaker.stats().cancelled), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_is_spawned_may_inherit_the_deadline() {
    let later = || async {
        tokio::time::sleep(20 * MS).await;
        deadline::remaining()
    };
    let limited = timeout(100 * MS);
    let seen = limited.call_async(|| async {
        let (with, without) = (tokio::spawn(deadline::inherit(later())), tokio::spawn(later()));
        Ok::<_, Error>((with.await.unwrap(), without.await.unwrap()))
    });
    assert_eq!(seen.await, Ok((Some(80 * MS), None)));
    assert_eq!(tokio::spawn(deadline::inherit(later())).await.unwrap(), None, "there was none");
}

#[tokio::test(start_paused = true)]
async fn what_is_inherited_is_that_of_the_moment_and_not_of_who_polls() {
    let mut inherited = pin!(deadline::inherit(poll_fn(|_| Poll::Ready(deadline::remaining()))));
    let limited = timeout(100 * MS);
    let seen = limited.call_async(|| async { Ok::<_, Error>(inherited.as_mut().await) });
    assert_eq!(seen.await, Ok(None));
}
