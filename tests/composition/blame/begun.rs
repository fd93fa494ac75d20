//! What a call had is judged when it begins, and not when it first waits: bodies may work a while before they do.

use std::future::{pending, poll_fn};
use std::time::Duration;

use futures_util::future::FutureExt as _;
use resilience::retry::Step;
use resilience::{Fallback, Pipeline, Retry, RetryStats, Timeout, fallback, registry, retry, timeout};

use super::calls_of;
use crate::support::*;

/// Works without an `.await`: tokio's clock goes on, and nobody else gets a turn.
pub(super) fn work(by: Duration) {
    assert!(tokio::time::advance(by).now_or_never().is_none(), "it has moved the clock, and would give up its turn");
}

async fn works_and_hangs() -> Reply {
    work(millis(60));
    pending().await
}

/// Calls under a limit of 100 ms, of which so much has passed.
pub(super) async fn late<T>(by: u64, call: impl Future<Output = T>) {
    let limit = Timeout::builder("begun::limit").duration(millis(100)).build().unwrap();
    let call = async {
        work(millis(by));
        Ok::<_, resilience::Error>(call.await)
    };
    assert!(limit.call_async(|| call).await.is_err());
}

#[retry(max_attempts = 3)]
async fn retried() -> Reply {
    works_and_hangs().await
}

fn timed_out(retry: &Retry) -> (u64, u64) {
    let RetryStats { max_duration_reached, cancelled, .. } = retry.stats();
    (max_duration_reached, cancelled)
}

#[tokio::test(start_paused = true)]
async fn a_function_and_its_retry_had_what_was_left_when_the_call_began() {
    late(50, retried()).await;
    let retry = registry().retry(concat!(module_path!(), "::retried")).unwrap();
    assert_eq!(timed_out(&retry), (1, 0));
    assert_eq!((calls_of("begun::retried").failures, calls_of("begun::retried").cancelled), (1, 0));
    late(51, retried()).await;
    assert_eq!(timed_out(&retry), (1, 1));
    assert_eq!((calls_of("begun::retried").failures, calls_of("begun::retried").cancelled), (1, 1));
}

fn twin() -> Retry {
    Retry::builder("begun").build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn so_had_a_retry_without_attributes() {
    for (by, counted) in [(50, (1, 0)), (51, (0, 1))] {
        let retry = twin();
        late(by, retry.call_async(works_and_hangs)).await;
        assert_eq!(timed_out(&retry), counted);

        let retry = twin();
        // What makes the future of an attempt is a part of the call.
        late(
            by,
            retry.call_async(|| {
                work(millis(60));
                pending::<Reply>()
            }),
        )
        .await;
        assert_eq!(timed_out(&retry), counted);

        let retry = Retry::builder("begun").max_elapsed(secs(60)).build().unwrap();
        late(
            by,
            retry.call_async(|| {
                work(millis(60));
                pending::<Reply>()
            }),
        )
        .await;
        assert_eq!(timed_out(&retry), counted);

        let retry = twin();
        late(
            by,
            retry.call_async_with(
                |_, _| Step::Done,
                || {
                    work(millis(60));
                    pending::<Reply>()
                },
            ),
        )
        .await;
        assert_eq!(timed_out(&retry), counted);
    }
}

#[tokio::test(start_paused = true)]
async fn so_had_a_retry_in_a_pipeline() {
    for (by, counted) in [(50, (1, 0)), (51, (0, 1))] {
        let retry = twin();
        let pipeline = Pipeline::new().layer(retry.clone());
        late(
            by,
            pipeline.call_async(|| {
                work(millis(60));
                pending::<Reply>()
            }),
        )
        .await;
        assert_eq!(timed_out(&retry), counted);
    }
}

#[tokio::test(start_paused = true)]
async fn so_had_attempts_by_hand() {
    for (by, counted) in [(50, (1, 0)), (51, (0, 1))] {
        let retry = twin();
        late(by, async {
            let attempts = retry.start();
            let reply = works_and_hangs().await;
            drop(attempts);
            reply
        })
        .await;
        assert_eq!(timed_out(&retry), counted);
    }
}

#[fallback(hangs)]
async fn answered() -> Reply {
    work(millis(60));
    Err(Failure::Status(500))
}

async fn hangs() -> Reply {
    pending().await
}

#[tokio::test(start_paused = true)]
async fn a_fallback_had_what_was_left_when_the_call_began() {
    late(50, answered()).await;
    let stats = || registry().fallback(concat!(module_path!(), "::answered")).unwrap().stats();
    assert_eq!((stats().failures, calls_of("begun::answered").failures), (1, 1));
    late(51, answered()).await;
    assert_eq!((stats().failures, calls_of("begun::answered").cancelled), (1, 1));
}

/// Fails in its first poll, or after it has waited; both take 40 ms.
async fn fails(waits: bool) -> Reply {
    if waits {
        tokio::time::sleep(millis(40)).await
    } else {
        work(millis(40))
    }
    Err(Failure::Status(500))
}

fn failures(fallback: &Fallback) -> u64 {
    fallback.stats().failures
}

#[tokio::test(start_paused = true)]
async fn so_had_a_fallback_without_attributes() {
    for (by, counted) in [(40, 1), (51, 0)] {
        for waits in [false, true] {
            let fallback = Fallback::new("begun");
            late(by, fallback.call_async(|| fails(waits), |_| hangs())).await;
            assert_eq!(failures(&fallback), counted, "{by} {waits}");

            let fallback = Fallback::new("begun");
            late(by, fallback.call_async_with(Reply::is_err, || fails(waits), |_| hangs())).await;
            assert_eq!(failures(&fallback), counted, "{by} {waits}");

            let fallback = Fallback::new("begun");
            let pipeline = Pipeline::new().layer(fallback.clone().with_async(|_| hangs()));
            late(by, pipeline.call_async(|| fails(waits))).await;
            assert_eq!(failures(&fallback), counted, "{by} {waits}");
        }
    }
}

#[timeout("10s")]
#[retry(max_attempts = 3)]
async fn with_a_limit_of_its_own() -> Reply {
    works_and_hangs().await
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_its_own_changes_nothing() {
    late(50, with_a_limit_of_its_own()).await;
    late(51, with_a_limit_of_its_own()).await;
    let calls = calls_of("begun::with_a_limit_of_its_own");
    assert_eq!((calls.failures, calls.cancelled), (1, 1));
}

/// Its second poll works as well, and is not the beginning.
#[tokio::test(start_paused = true)]
async fn a_later_poll_changes_nothing() {
    let retry = twin();
    let mut polls = 0;
    let body = || {
        poll_fn(move |cx| {
            polls += 1;
            if polls == 2 {
                work(millis(70));
            }
            cx.waker().wake_by_ref();
            std::task::Poll::<Reply>::Pending
        })
    };
    let limited = late(0, retry.call_async(body));
    // Polls without an end: the clock is only moved by hand.
    tokio::select! {
        () = limited => {}
        () = async { loop { tokio::task::yield_now().await; tokio::time::advance(millis(1)).await; } } => {}
    }
    assert_eq!(timed_out(&retry), (1, 0));
}

#[fallback(hangs)]
async fn answered_after_a_wait() -> Reply {
    fails(true).await
}

/// Polls once without a limit; then the call goes on under one of 100 ms, which passes.
async fn polled_without_a_limit(call: impl Future<Output = Reply>) {
    let mut call = Box::pin(call);
    assert!(call.as_mut().now_or_never().is_none());
    late(0, call).await;
}

#[tokio::test(start_paused = true)]
async fn a_poll_without_a_limit_is_remembered_while_a_fallback_answers() {
    polled_without_a_limit(answered_after_a_wait()).await;
    let stats = registry().fallback(concat!(module_path!(), "::answered_after_a_wait")).unwrap().stats();
    assert_eq!((stats.failures, stats.cancelled), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn so_it_is_by_a_fallback_without_attributes() {
    let fallback = Fallback::new("begun");
    polled_without_a_limit(fallback.call_async(|| fails(true), |_| hangs())).await;
    polled_without_a_limit(fallback.call_async_with(Reply::is_err, || fails(true), |_| hangs())).await;
    polled_without_a_limit(fallback.recover_async(|| fails(true), async |_| hangs().await.into())).await;
    let pipeline = Pipeline::new().layer(fallback.clone().with_async(|_| hangs()));
    polled_without_a_limit(pipeline.call_async(|| fails(true))).await;
    assert_eq!((fallback.stats().failures, fallback.stats().cancelled), (0, 4));
}
