//! Without a prelude not even `Ok` has a meaning of its own.
#![no_implicit_prelude]

use ::resilience::{circuit_breaker, fallback, retry, timeout};
use ::std::convert::From;
use ::std::result::Result;

#[derive(Debug, PartialEq)]
pub(crate) struct Failure;

impl From<::resilience::Error> for Failure {
    fn from(_: ::resilience::Error) -> Self {
        Self
    }
}

#[fallback(value = 3)]
#[retry(
    max_attempts = 2,
    base_delay = "1ms",
    jitter = none,
    strategy = linear,
    budget = 0.5,
    before_retry = |_attempt, _error| {}
)]
#[circuit_breaker(name = "hygiene::no_prelude", failure_rate = 0.5, window = "1m")]
#[timeout("1s")]
async fn asynchronous(mut n: u32) -> Result<u32, Failure> {
    n += 1;
    if n == 0 { Result::Ok(n) } else { Result::Err(Failure) }
}

#[fallback(|error| Result::Err(error), when = |_| true)]
#[retry(max_attempts = 2, base_delay = "1ms")]
#[circuit_breaker(name = "hygiene::no_prelude::sync", key = n)]
#[timeout("1s", mode = deadline)]
fn sync(n: u32) -> Result<u32, Failure> {
    if n == 0 { Result::Ok(n) } else { Result::Err(Failure) }
}

#[retry]
#[timeout("1s")]
fn boxed(n: u32) -> ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = Result<u32, Failure>>>> {
    other(n)
}

fn other(n: u32) -> ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = Result<u32, Failure>>>> {
    ::std::boxed::Box::pin(async move { Result::Ok(n) })
}

/// An error type without `From`.
#[derive(Debug, PartialEq)]
pub(crate) struct Foreign;

fn foreign(_: ::resilience::Error) -> Foreign {
    Foreign
}

#[fallback(|error| Result::Err(error), when = |_| true)]
#[timeout("1s", refused = foreign)]
async fn refused() -> Result<u32, Foreign> {
    ::std::future::pending().await
}

#[test]
fn no_name_of_the_prelude_is_needed() {
    ::std::assert_eq!(crate::run(asynchronous(1)), Result::Ok(3));
    ::std::assert_eq!(sync(1), Result::Err(Failure));
    ::std::assert_eq!(crate::run(boxed(1)), Result::Ok(1));
    ::std::assert_eq!(crate::run(refused()), Result::Err(Foreign));
}
