//! The call itself counts a `None` as its outermost attribute does.

use resilience::{circuit_breaker, fallback, registry, retry, timeout};

use super::*;

#[timeout("5s")]
#[retry(max_attempts = 2, base_delay = "1s", none_is = success)]
#[circuit_breaker(name = "none_is::counted::inside")]
async fn answer(script: &Script) -> Option<u32> {
    find_async(script).await
}

#[retry(max_attempts = 2, base_delay = "1s", none_is = success)]
async fn answer_of_a_retry_alone(script: &Script) -> Option<u32> {
    find_async(script).await
}

#[retry(max_attempts = 2, base_delay = "1s")]
#[circuit_breaker(name = "none_is::counted::outside", none_is = success)]
async fn failure(script: &Script) -> Option<u32> {
    find_async(script).await
}

#[fallback(value = 5)]
#[retry(max_attempts = 2, base_delay = "1s", none_is = success)]
async fn replaced(script: &Script) -> Option<u32> {
    find_async(script).await
}

#[circuit_breaker(name = "none_is::counted::refused", none_is = success)]
fn refused(script: &Script) -> Option<u32> {
    find(script)
}

#[circuit_breaker(name = "none_is::counted::said", none_is = success, refused = |_| Some(9))]
fn said(script: &Script) -> Option<u32> {
    find(script)
}

/// Successes, failures, and calls that fell back, of a function of this module.
fn counts(name: &str) -> (u64, u64, u64) {
    let path = format!("{}::{name}", module_path!());
    let function = registry().inventory().into_iter().find(|function| function.path() == path).unwrap();
    let stats = function.stats();
    assert_eq!(stats.calls, stats.successes + stats.failures, "{name}");
    (stats.successes, stats.failures, stats.fell_back)
}

#[tokio::test(start_paused = true)]
async fn a_call_that_finds_nothing_is_what_its_outermost_attribute_says() {
    let script = Script::new([nothing()]);
    assert_eq!(answer(&script).await, None);
    assert_eq!(answer_of_a_retry_alone(&script).await, None);
    assert_eq!(failure(&script).await, None);
    assert_eq!(replaced(&script).await, Some(5));
    assert_eq!(counts("answer"), (1, 0, 0));
    assert_eq!(counts("answer_of_a_retry_alone"), (1, 0, 0));
    assert_eq!(counts("failure"), (0, 1, 0));
    assert_eq!(counts("replaced"), (1, 0, 1));
}

#[test]
fn a_refusal_stays_a_failure() {
    let script = Script::new([nothing()]);
    assert_eq!(refused(&script), None);
    registry().circuit_breaker("none_is::counted::refused").unwrap().force_open();
    assert_eq!(refused(&script), None);
    assert_eq!(counts("refused"), (1, 1, 0));
    assert_eq!(said(&script), None);
    registry().circuit_breaker("none_is::counted::said").unwrap().force_open();
    assert_eq!(said(&script), Some(9));
    assert_eq!(counts("said"), (1, 1, 0));
}
