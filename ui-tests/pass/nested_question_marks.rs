//! `?`, `return` and `.await` of what is nested in a hook or a fallback are not those of the hook or fallback.
use std::future::Future;

use resilience::{fallback, retry};

#[derive(Debug, PartialEq)]
struct Failure;

fn parsed(text: &str) -> Option<u32> {
    text.parse().ok()
}

async fn refresh(_: impl Future<Output = Option<u32>>) -> Result<(), Failure> {
    Ok(())
}

/// A hook that returns nothing, around closures and blocks that return early.
#[retry(before_retry = |attempt, _error| {
    let double = |text: &str| Some(parsed(text)? * 2);
    fn half(text: &str) -> Option<u32> {
        return Some(parsed(text)? / 2);
    }
    let _ = (double("1"), half("2"), attempt);
    assert!(["1"].iter().any(|text| parsed(text).map(|n| { if n == 1 { return true; } false }).unwrap_or(false)));
})]
async fn block(text: &str) -> Result<u32, Failure> {
    parsed(text).ok_or(Failure)
}

/// The same where nothing awaits.
#[retry(before_retry = |_attempt, _error| { let _ = (|text: &str| Some(parsed(text)? * 2))("1"); })]
fn sync(text: &str) -> Result<u32, Failure> {
    parsed(text).ok_or(Failure)
}

/// A hook that returns a future, with a `?` and an `.await` in what it is given.
#[retry(before_retry = |_attempt, _error| refresh(async { Some(async { parsed("1") }.await? * 2) }))]
async fn future(text: &str) -> Result<u32, Failure> {
    parsed(text).ok_or(Failure)
}

/// Its own `?` still ends the retry.
#[retry(before_retry = |_attempt, _error| { refresh(async { None }).await?; Ok(()) })]
async fn own(text: &str) -> Result<u32, Failure> {
    parsed(text).ok_or(Failure)
}

async fn cached(of: impl Fn(&str) -> Option<u32>) -> Result<u32, Failure> {
    of("3").ok_or(Failure)
}

/// A fallback that returns a future.
#[fallback(|_error| cached(|text| Some(parsed(text)? + 1)))]
async fn stand_in(text: &str) -> Result<u32, Failure> {
    parsed(text).ok_or(Failure)
}

fn main() {
    assert_eq!(sync("1"), Ok(1));
    let _ = (block("1"), future("1"), own("1"), stand_in("1"));
}
