//! A full stack that is dropped, wherever it is: nothing leaks, and every count adds up.
#![cfg(feature = "macros")]
#![allow(clippy::disallowed_types, clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]

#[macro_use]
#[path = "../support/mod.rs"]
mod support;

mod callers;
mod every_await;
mod probe;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use resilience::{CallStats, CircuitBreaker, registry};

/// Polls `future` until it is done, or drops it after `times` polls. Between polls time moves to the next timer.
async fn polled<F: Future>(times: usize, future: F) -> Option<F::Output> {
    if times == 0 {
        drop(future);
        return None;
    }
    let mut future = pin!(future);
    let mut polls = 0;
    poll_fn(|cx| {
        polls += 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polls == times => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// How the calls of an annotated function have ended.
fn calls_of(path: &str) -> CallStats {
    let functions = registry().inventory();
    functions.iter().find(|function| function.path() == path).expect("it is in the inventory").stats()
}

fn breaker(name: &str) -> CircuitBreaker {
    registry().circuit_breaker(name).unwrap()
}
