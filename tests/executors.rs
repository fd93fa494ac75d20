//! Protected functions under executors that are not tokio, in a runtime without time, and from one to another.
//!
//! Outside of a runtime with time, waits are real, also with `test-util`.
#![cfg(feature = "macros")]
#![allow(clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::mpsc::channel;
use std::task::Poll;
use std::time::Duration;

use resilience::{Error, fallback, retry, timeout};
use tokio::runtime::{Builder, Runtime};

#[fallback(value = 7)]
#[timeout("20ms")]
async fn hangs() -> Result<u32, Error> {
    pending().await
}

#[retry(max_attempts = 3, base_delay = "5ms", jitter = none)]
async fn fails_twice(calls: &mut u32) -> Result<u32, Error> {
    *calls += 1;
    if *calls < 3 { Err(Error::rate_limited("test", None)) } else { Ok(*calls) }
}

/// Runs both on a thread of their own, and waits for no longer than is reasonable.
fn both(block_on: impl Fn(Pin<Box<dyn Future<Output = ()>>>) + Send + 'static) {
    let (done, outcome) = channel();
    std::thread::spawn(move || {
        block_on(Box::pin(async { assert_eq!(hangs().await, Ok(7)) }));
        block_on(Box::pin(async { assert_eq!(fails_twice(&mut 0).await, Ok(3)) }));
        done.send(()).unwrap();
    });
    outcome.recv_timeout(Duration::from_secs(10)).expect("both end, and neither panics");
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

/// Polls it once.
async fn begin(future: &mut Pin<Box<dyn Future<Output = ()>>>) {
    assert!(poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_pending())).await);
}

#[test]
fn under_other_executors() {
    both(futures_executor::block_on);
    both(smol::block_on);
}

#[test]
fn in_a_runtime_without_time() {
    both(|future| Builder::new_current_thread().build().unwrap().block_on(future));
}

#[test]
fn after_a_runtime_was_dropped() {
    both(|mut future| {
        runtime().block_on(begin(&mut future));
        futures_executor::block_on(future);
    });
}

#[test]
fn from_one_runtime_to_another() {
    both(|mut future| {
        let first = runtime();
        first.block_on(begin(&mut future));
        runtime().block_on(future);
    });
}
