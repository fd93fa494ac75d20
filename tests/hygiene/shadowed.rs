//! Every name that a careless expansion would use means something else here.
#![allow(dead_code, non_upper_case_globals, unused_macros)]

use ::resilience::{circuit_breaker, fallback, retry, timeout};

mod core {}
mod std {}
mod alloc {}
mod resilience {}
mod tokio {}

struct Result;
struct Option;
struct Box;
struct Pin;
struct Duration;
struct Error;
struct Future;
struct Frame;
trait Clone {}
trait Default {}
trait From {}
trait Into {}
trait Send {}
trait FnOnce {}
struct Some;
struct None;
struct Ok;
struct Err;

macro_rules! pin {
    () => {};
}
macro_rules! concat {
    () => {};
}
macro_rules! module_path {
    () => {};
}

/// Every value has these methods, too.
trait Methods {
    fn done(&self) {}
    fn finish(&self) {}
    fn get(&self) {}
    fn split(&self) {}
}

impl<T> Methods for T {}

type Fallible<T> = ::std::result::Result<T, Failure>;

#[derive(Debug, PartialEq)]
pub(crate) struct Failure;

impl ::std::convert::From<::resilience::Error> for Failure {
    fn from(_: ::resilience::Error) -> Self {
        Self
    }
}

#[fallback(value = 3)]
#[retry(max_attempts = 2, base_delay = "1ms", before_retry = |_attempt, _error| {}, clone(words))]
#[circuit_breaker(name = "hygiene::shadowed")]
#[timeout("1s")]
async fn asynchronous(mut n: u32, words: ::std::vec::Vec<u32>) -> Fallible<u32> {
    n += 1;
    if n == words.into_iter().sum() { Fallible::Ok(n) } else { Fallible::Err(Failure) }
}

#[retry(max_attempts = 2, base_delay = "1ms", clone(words = self::again(&words)?, n))]
fn made(n: u32, words: ::std::vec::Vec<u32>) -> Fallible<usize> {
    Fallible::Ok(words.into_iter().filter(|word| *word > n).count())
}

fn again(words: &[u32]) -> Fallible<::std::vec::Vec<u32>> {
    if words.is_empty() { Fallible::Err(Failure) } else { Fallible::Ok(words.to_vec()) }
}

#[retry(max_attempts = 2, base_delay = "1ms")]
#[circuit_breaker(name = "hygiene::shadowed::sync")]
#[timeout("1s")]
fn sync(n: u32) -> Fallible<u32> {
    if n == 0 { Fallible::Ok(n) } else { Fallible::Err(Failure) }
}

#[fallback(default)]
#[timeout("1s")]
async fn plain(n: u32) -> u32 {
    n
}

/// Arguments and items named like the attributes and like generated names.
#[fallback(value = retry + timeout)]
#[retry(max_attempts = 2, base_delay = "1ms")]
#[timeout("1s")]
async fn names(retry: u32, timeout: u32, fallback: u32, circuit_breaker: u32) -> Fallible<u32> {
    let frame = fallback + circuit_breaker;
    if frame == 0 { Fallible::Ok(1) } else { Fallible::Err(Failure) }
}

/// An error type without `From`.
#[derive(Debug, PartialEq)]
pub(crate) struct Foreign;

#[fallback(|_| ::std::result::Result::Ok(9), when = |error: &Foreign| *error == Foreign && n == 2)]
#[timeout("1s", refused = foreign)]
async fn refused(n: u32) -> ::std::result::Result<u32, Foreign> {
    if n > 0 { ::std::future::pending().await } else { ::std::result::Result::Ok(n) }
}

fn foreign(_: ::resilience::Error) -> Foreign {
    Foreign
}

#[timeout("1s", refused = |_| 7)]
async fn refused_plain(n: u32) -> impl ::std::fmt::Display {
    let () = ::std::future::pending().await;
    n
}

#[test]
fn shadowed_names_are_not_used() {
    assert_eq!(crate::run(asynchronous(1, ::std::vec![5])), Fallible::Ok(3));
    assert_eq!(crate::run(asynchronous(1, ::std::vec![2])), Fallible::Ok(2));
    assert_eq!(made(2, ::std::vec![5, 6]), Fallible::Ok(2));
    assert_eq!(made(2, ::std::vec![]), Fallible::Err(Failure));
    assert_eq!(sync(0), Fallible::Ok(0));
    assert_eq!(crate::run(plain(4)), 4);
    assert_eq!(crate::run(names(1, 2, 3, 4)), Fallible::Ok(3));
    assert_eq!([crate::run(refused(0)), crate::run(refused(2))].map(::std::result::Result::unwrap), [0, 9]);
    assert_eq!(crate::run(refused(1)).unwrap_err(), Foreign);
    assert_eq!(::std::string::ToString::to_string(&crate::run(refused_plain(1))), "7");
}
