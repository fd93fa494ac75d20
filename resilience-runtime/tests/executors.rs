//! Limits and pauses end under every executor, in a runtime without time and outside of all.
//!
//! All of it is in real time: without the feature `test-util` this is the clock of production.
#![allow(clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]
#![allow(clippy::disallowed_methods, reason = "what is waited for is real")]

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::mpsc::channel;
use std::task::Poll;
use std::time::{Duration, Instant};

use resilience_runtime::{Error, Jitter, Retry, Timeout};
use tokio::runtime::{Builder, Runtime};

const LIMIT: Duration = Duration::from_millis(30);
const PAUSE: Duration = Duration::from_millis(20);

/// What hangs is stopped here, long before a harness would.
const AMPLE: Duration = Duration::from_secs(10);

async fn hangs_under_a_limit() {
    let timeout = Timeout::builder("executors").duration(LIMIT).build().unwrap();
    let output = timeout.call_async(pending::<Result<(), Error>>).await;
    assert!(matches!(output, Err(Error::Timeout(_))), "{output:?}");
}

async fn fails_once_under_a_retry() {
    let retry = Retry::builder("executors").max_attempts(2).base_delay(PAUSE).jitter(Jitter::None).build().unwrap();
    let mut answers = [Err("down"), Ok(1)].into_iter();
    assert_eq!(retry.call_async(|| std::future::ready(answers.next().unwrap())).await, Ok(1));
}

/// Runs both on a thread of their own, and waits for no longer than is reasonable.
fn both(block_on: impl Fn(Pin<Box<dyn Future<Output = ()>>>) + Send + 'static) {
    let (done, outcome) = channel();
    std::thread::spawn(move || {
        let start = Instant::now();
        block_on(Box::pin(hangs_under_a_limit()));
        let limited = start.elapsed();
        block_on(Box::pin(fails_once_under_a_retry()));
        done.send((limited, start.elapsed() - limited)).unwrap();
    });
    let (limited, retried) = outcome.recv_timeout(AMPLE).expect("both end, and neither panics");
    assert!(limited >= LIMIT && retried >= PAUSE, "{limited:?} {retried:?}");
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Polls it once.
fn begin<F: Future + Unpin>(future: &mut F) -> impl Future<Output = ()> {
    poll_fn(|cx| match Pin::new(&mut *future).poll(cx) {
        Poll::Pending => Poll::Ready(()),
        Poll::Ready(_) => panic!("it is under way"),
    })
}

#[test]
fn under_the_executor_of_futures() {
    both(futures_executor::block_on);
}

#[test]
fn under_smol() {
    both(smol::block_on);
}

#[test]
fn under_tokio() {
    both(|future| runtime().block_on(future));
}

#[test]
fn in_a_runtime_without_time() {
    both(|future| Builder::new_current_thread().build().unwrap().block_on(future));
}

#[test]
fn after_a_runtime_was_dropped() {
    both(|future| {
        drop(runtime());
        futures_executor::block_on(future);
    });
}

#[test]
fn begun_in_a_runtime_that_was_dropped() {
    both(|mut future| {
        runtime().block_on(begin(&mut future));
        futures_executor::block_on(future);
    });
}

#[test]
fn begun_in_a_runtime_that_nobody_drives_any_more() {
    both(|mut future| {
        let runtime = runtime();
        runtime.block_on(begin(&mut future));
        smol::block_on(future);
        drop(runtime);
    });
}

#[test]
fn begun_outside_and_ended_in_a_runtime() {
    both(|mut future| {
        futures_executor::block_on(begin(&mut future));
        runtime().block_on(future);
    });
}

#[test]
fn many_at_a_time_end_in_their_order() {
    let limits = (1..=200_u64).map(|turn| (turn * 7919 % 200, turn));
    let calls = limits.map(|(after, turn)| async move {
        let timeout = Timeout::builder("many").duration(LIMIT + Duration::from_millis(after * 2)).build().unwrap();
        let _ = timeout.call_async(pending::<Result<(), Error>>).await;
        (after, turn)
    });
    let start = Instant::now();
    let ends = futures_executor::block_on(async {
        let mut calls: futures_util::stream::FuturesUnordered<_> = calls.collect();
        let mut ends = Vec::new();
        while let Some((after, _)) = futures_util::StreamExt::next(&mut calls).await {
            assert!(start.elapsed() >= LIMIT + Duration::from_millis(after * 2), "{after}");
            ends.push(after);
        }
        ends
    });
    let mut sorted = ends.clone();
    sorted.sort_unstable();
    // Those of one tick, and of a late look, end in any order.
    assert_eq!(ends.len(), 200);
    let early = ends.iter().zip(&sorted).filter(|(end, due)| end.abs_diff(**due) > 50).count();
    assert_eq!(early, 0, "{ends:?}");
}
