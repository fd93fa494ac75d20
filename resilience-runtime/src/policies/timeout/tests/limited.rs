use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::*;
use crate::context::deadline::{self, Limit};
use crate::context::frame::Frame;
use crate::core::clock;
use crate::core::clock::nanos;
use crate::core::error::Error;
use crate::core::outcome::Fault;

/// A body whose outputs are no failures, in a frame of its own.
fn limit<F: Future>(
    timeout: &Timeout,
    limit: Duration,
    body: F,
) -> impl Future<Output = Result<F::Output, Fault<Error>>> {
    super::super::limit(
        timeout,
        nanos(limit),
        Box::leak(Box::new(Frame::new())),
        body,
        super::super::limited::PlainValue::NEW,
    )
}

/// Polls once, outside any runtime.
fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_body_that_is_ready_at_once_needs_no_runtime() {
    let timeout = timeout();
    let output = poll_once(limit(&timeout, MS, ready(7)));
    assert_eq!(output, Poll::Ready(Ok(7)));
    assert_eq!(timeout.stats().completed, 1);
}

#[test]
fn a_limit_without_end_needs_no_timer() {
    let timeout = timeout();
    assert!(poll_once(limit(&timeout, Duration::MAX, pending::<()>())).is_pending());
}

#[test]
fn a_future_that_was_never_polled_counts_nothing() {
    let timeout = timeout();
    drop(limit(&timeout, MS, ready(7)));
    let stats = timeout.stats();
    assert_eq!((stats.completed, stats.cancelled), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn the_limit_counts_from_the_first_poll() {
    let timeout = timeout();
    let body = tokio::time::sleep(80 * MS);
    let limited = limit(&timeout, 100 * MS, body);
    tokio::time::advance(50 * MS).await;
    assert_eq!(limited.await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_result_in_the_poll_in_which_the_limit_passes_wins() {
    let timeout = timeout();
    let mut first = true;
    let body = poll_fn(|cx| {
        if std::mem::take(&mut first) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(7)
    });
    let mut limited = pin!(limit(&timeout, 10 * MS, body));
    assert!(poll_fn(|cx| Poll::Ready(limited.as_mut().poll(cx))).await.is_pending());
    tokio::time::advance(20 * MS).await;
    assert_eq!(limited.await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_uses_up_its_budget_cannot_hold_the_limit_off() {
    let timeout = timeout();
    let body = poll_fn(|_| -> Poll<()> {
        // Nobody is woken: only the limit ends this.
        while pin!(tokio::task::consume_budget()).poll(&mut Context::from_waker(Waker::noop())).is_ready() {}
        Poll::Pending
    });
    assert!(is_timeout(&limit(&timeout, 10 * MS, body).await.map_err(Fault::into_user)));
}

#[tokio::test(start_paused = true)]
async fn a_drop_after_the_deadline_counts_as_timed_out() {
    let timeout = timeout();
    {
        let body = pending::<()>();
        let mut limited = pin!(limit(&timeout, 10 * MS, body));
        assert!(poll_fn(|cx| Poll::Ready(limited.as_mut().poll(cx))).await.is_pending());
        tokio::time::advance(20 * MS).await;
    }
    let stats = timeout.stats();
    assert_eq!((stats.timed_out, stats.cancelled), (1, 0));
}

#[test]
fn a_body_that_panics_counts_as_completed_and_leaves_no_deadline_behind() {
    let timeout = timeout();
    let body = async { panic!("boom") };
    let outcome = catch_unwind(AssertUnwindSafe(|| poll_once(limit(&timeout, MS, body))));
    assert!(outcome.is_err());
    let stats = timeout.stats();
    assert_eq!((stats.completed, stats.cancelled), (1, 0));
    assert_eq!(deadline::current(), None);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_in_force_during_every_poll_of_the_body_and_not_between() {
    let timeout = timeout();
    let expected = clock::now().saturating_add(100 * MS);
    let mut polls = 0;
    let body = poll_fn(|cx| {
        assert_eq!(deadline::current(), Some(expected));
        polls += 1;
        if polls == 3 {
            return Poll::Ready(polls);
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    });
    let mut limited = pin!(limit(&timeout, 100 * MS, body));
    let polled = poll_fn(|cx| {
        let poll = limited.as_mut().poll(cx);
        assert_eq!(deadline::current(), None);
        poll
    })
    .await;
    assert_eq!(polled, Ok(3));
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_deadline_has_passed_runs_until_somebody_drops_it() {
    let timeout = timeout();
    let _ambient = deadline::enter(Limit::from_now(Duration::ZERO));
    let body = async {
        tokio::task::yield_now().await;
        deadline::remaining()
    };
    assert_eq!(limit(&timeout, MS, body).await, Ok(Some(Duration::ZERO)));
    let stats = timeout.stats();
    assert_eq!((stats.completed, stats.rejected, stats.timed_out), (1, 0, 0));
}

#[test]
fn the_future_is_small() {
    // The timer and five words: no copy of the body.
    let body = ready([0_u8; 4096]);
    let own = size_of_val(&limit(&timeout(), MS, body.clone())) - size_of_val(&body);
    assert!(own <= 160, "{own} bytes");
}

#[test]
fn the_future_may_move_between_threads() {
    fn assert_send<T: Send>(_: &T) {}
    let timeout = timeout();
    assert_send(&limit(&timeout, MS, ready(7)));
    assert_send(&timeout.call_async(|| ready(Ok::<_, Error>(7))));
}
