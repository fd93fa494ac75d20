//! `#[fallback(value = ..)]` and `#[fallback(default)]`.

use crate::support::*;
use resilience::{circuit_breaker, fallback, retry, timeout};

const SOLD_OUT: u32 = 0;

both! {
    #[fallback(value = SOLD_OUT + 3)]
    fn value(script);

    #[fallback(value = script.calls() as u32)]
    fn value_of_an_argument(script);

    #[fallback(default)]
    fn default(script);

    #[fallback(value = 9)]
    #[retry(max_attempts = 2, base_delay = "1s", jitter = none)]
    #[circuit_breaker(name = NAME, failure_threshold = 2)]
    #[timeout("1s")]
    fn above_everything(script);
}

#[test]
fn a_value_stands_in_for_the_answer() {
    value::each([fail(500), ok(1)], |case| {
        assert_eq!(case.call(), Ok(3));
        assert_eq!(case.call(), Ok(1));
        assert_eq!((case.fallback().stats().successes, case.fallback().stats().failures), (1, 0));
    });
    value_of_an_argument::each([fail(500)], |case| assert_eq!(case.call(), Ok(1)));
}

#[test]
fn a_default_stands_in_for_the_answer() {
    default::each([fail(500)], |case| assert_eq!(case.call(), Ok(0)));
}

#[test]
fn a_value_stands_in_for_refusals_too() {
    above_everything::each([hang()], |case| {
        assert_eq!(case.call(), Ok(9), "timed out twice");
        assert_eq!(case.call(), Ok(9), "refused by the breaker");
        assert_eq!((case.calls(), case.fallback().stats().successes), (2, 2));
    });
}

#[fallback(value = vec![kind.to_owned()])]
async fn list(kind: &str, script: &Script) -> Result<Vec<String>, Failure> {
    script.play_async().await.map(|_| Vec::new())
}

#[fallback(value = fetch(kind).await)]
async fn list_by_awaiting(kind: &str, script: &Script) -> Result<Vec<String>, Failure> {
    script.play_async().await.map(|_| Vec::new())
}

async fn fetch(kind: &str) -> Vec<String> {
    tokio::time::sleep(secs(1)).await;
    vec![kind.to_uppercase()]
}

#[tokio::test(start_paused = true)]
async fn a_value_is_evaluated_when_it_is_needed() {
    let script = Script::new([fail(500)]);
    assert_eq!(list("book", &script).await, Ok(vec!["book".to_owned()]));
    assert_eq!(list_by_awaiting("book", &script).await, Ok(vec!["BOOK".to_owned()]));
    script.then([ok(1)]);
    assert_eq!(list_by_awaiting("book", &script).await, Ok(vec![]));
    assert_eq!(resilience::clock::now().since(script.began()), secs(1), "nothing was fetched for a success");
}

trait Page {
    fn title(&self) -> &str;
}

struct Today;
struct Cached(String);

impl Page for Today {
    fn title(&self) -> &str {
        "today"
    }
}

impl Page for Cached {
    fn title(&self) -> &str {
        &self.0
    }
}

#[fallback(value = Box::new(Cached(name.to_owned())))]
fn boxed(name: &str) -> Result<Box<dyn Page>, Failure> {
    if name.is_empty() { Ok(Box::new(Today)) } else { Err(Failure::Status(500)) }
}

#[fallback(value = std::sync::Arc::new(Cached(name.to_owned())))]
async fn shared(name: &str) -> Option<std::sync::Arc<dyn Page + Send + Sync>> {
    name.is_empty().then(|| std::sync::Arc::new(Today) as _)
}

#[fallback(value = Box::new(Cached("late".to_owned())))]
#[timeout("1s")]
async fn plain(hangs: bool) -> Box<dyn Page + Send> {
    if hangs { std::future::pending().await } else { Box::new(Today) }
}

#[fallback(value = &[7, 8])]
fn slice(well: bool) -> Option<&'static [u32]> {
    well.then_some(&[1][..])
}

#[tokio::test(start_paused = true)]
async fn a_value_becomes_what_the_function_returns() {
    assert_eq!([boxed("").unwrap().title(), boxed("old").unwrap().title()], ["today", "old"]);
    assert_eq!([shared("").await.unwrap().title(), shared("old").await.unwrap().title()], ["today", "old"]);
    assert_eq!([plain(false).await.title(), plain(true).await.title()], ["today", "late"]);
    assert_eq!([slice(true), slice(false)], [Some(&[1][..]), Some(&[7, 8][..])]);
}
