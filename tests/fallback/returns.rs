//! What a function with a fallback may return, and what its error needs.

use crate::support::*;
use resilience::{Error, Nothing, circuit_breaker, fallback, retry, timeout};

/// Nothing can be made of a refusal: no `From<resilience::Error>`, no `Clone`, no `Debug`.
struct Foreign;

#[fallback(|_| Ok(7))]
#[retry(max_attempts = 2, base_delay = "1ms")]
#[circuit_breaker(name = "fallback::returns::foreign", failure_threshold = 2)]
#[timeout("1s", mode = deadline)]
fn without_from(script: &Script) -> Result<u32, Foreign> {
    script.play().map_err(|_| Foreign)
}

#[fallback(value = 8)]
#[circuit_breaker(name = "fallback::returns::foreign_async", failure_threshold = 1)]
#[timeout("1s")]
async fn without_from_async(script: &Script) -> Result<u32, Foreign> {
    script.play_async().await.map_err(|_| Foreign)
}

fn stand_in() -> Result<u32, Foreign> {
    Ok(9)
}

#[fallback(stand_in)]
#[timeout("1s")]
async fn without_from_by_path(script: &Script) -> Result<u32, Foreign> {
    script.play_async().await.map_err(|_| Foreign)
}

#[tokio::test(start_paused = true)]
async fn an_error_needs_no_from_under_a_fallback_that_does_not_look_at_it() {
    let script = Script::new([fail(500)]);
    for _ in 0..3 {
        assert!(matches!(without_from(&script), Ok(7)));
    }
    assert_eq!(script.calls(), 2, "then the circuit was open");
    script.then([hang()]);
    assert!(matches!(without_from_async(&script).await, Ok(8)));
    assert!(matches!(without_from_async(&script).await, Ok(8)));
    assert!(matches!(without_from_by_path(&script).await, Ok(9)));
}

#[fallback(|error| { assert!(matches!(error, Error::Timeout(_))); 11 })]
#[timeout("1s", mode = deadline)]
fn plain(script: &Script) -> u32 {
    script.play().unwrap_or(0)
}

#[fallback(value = "late".to_owned())]
#[timeout("1s")]
async fn plain_async(script: &Script) -> String {
    script.play_async().await.map_or_else(|_| "failed".to_owned(), |value| value.to_string())
}

#[fallback(default)]
#[timeout("1s")]
async fn unit(script: &Script) {
    let _ = script.play_async().await;
}

fn empty(_: &Script) -> Vec<u32> {
    Vec::new()
}

#[fallback(empty)]
#[circuit_breaker(name = "fallback::returns::list", failure_threshold = 1, failure_if_result = |v: &Vec<u32>| v == &[0])]
fn list(script: &Script) -> Vec<u32> {
    vec![script.play().unwrap_or(0)]
}

#[tokio::test(start_paused = true)]
async fn a_plain_value_is_allowed_under_a_fallback_that_catches_everything() {
    let script = Script::new([ok(5).after(millis(5))]);
    assert_eq!(plain_async(&script).await, "5");
    unit(&script).await;
    script.then([fail(500)]);
    assert_eq!(plain_async(&script).await, "failed", "a plain value does not fail by itself");
    script.then([hang()]);
    assert_eq!(plain_async(&script).await, "late");
    unit(&script).await;
    let stats = resilience::registry().fallback(concat!(module_path!(), "::unit")).unwrap().stats();
    assert_eq!(stats.successes, 1);
}

#[test]
fn a_plain_value_is_allowed_in_a_sync_function() {
    let _clock = stopped();
    assert_eq!(plain(&Script::new([ok(1)])), 1);
    assert_eq!(plain(&Script::new([ok(1).after(secs(2))])), 11, "late");
    assert_eq!(list(&Script::new([ok(3)])), [3]);
    assert_eq!(list(&Script::new([ok(0)])), [0], "a value that counts as a failure is still the answer");
    assert_eq!(list(&Script::new([ok(3)])), Vec::<u32>::new(), "refused");
}

#[fallback(|_| Some(3))]
#[circuit_breaker(name = "fallback::returns::maybe", failure_threshold = 1)]
fn maybe(script: &Script) -> Option<u32> {
    script.play().ok()
}

#[fallback(default)]
async fn maybe_async(script: &Script) -> Option<u32> {
    script.play_async().await.ok()
}

#[fallback(|nothing: Nothing| Some(u32::from(nothing == Nothing) + 20), when = |_: &Nothing| script.calls() > 1)]
#[timeout("1s")]
async fn maybe_when(script: &Script) -> Option<u32> {
    script.play_async().await.ok()
}

#[fallback(|| None)]
fn still_nothing(script: &Script) -> Option<u32> {
    script.play().ok()
}

#[tokio::test(start_paused = true)]
async fn nothing_is_a_failure_to_fall_back_from() {
    let script = Script::new([fail(500)]);
    assert_eq!([maybe(&script), maybe(&script)], [Some(3), Some(3)]);
    assert_eq!(script.calls(), 1);
    assert_eq!(maybe_async(&script).await, Some(0), "the default of what is inside");
    assert_eq!(still_nothing(&script), None);
    script.then([hang()]);
    assert_eq!(maybe_when(&script).await, Some(21), "a refusal is nothing, too");
    let stats = resilience::registry().fallback(concat!(module_path!(), "::still_nothing")).unwrap().stats();
    assert_eq!((stats.successes, stats.failures), (0, 1));
}

#[fallback(|error| Err(error))]
#[timeout("1s")]
async fn passed_on(script: &Script) -> Result<u32, Error> {
    script.play_async().await.map_err(|_| Error::rate_limited("script", None))
}

#[tokio::test(start_paused = true)]
async fn the_crates_own_error_is_an_error_type_like_any_other() {
    let script = Script::new([hang(), fail(500)]);
    assert!(matches!(passed_on(&script).await, Err(Error::Timeout(_))));
    assert!(matches!(passed_on(&script).await, Err(Error::RateLimited(_))));
}

type Boxed = Box<dyn std::error::Error + Send + Sync>;

#[fallback(|error: Boxed| Ok(error.to_string()))]
#[timeout("1s")]
async fn boxed(script: &Script) -> Result<String, Boxed> {
    script.play_async().await.map_err(|_| "broken")?;
    Ok(String::new())
}

#[tokio::test(start_paused = true)]
async fn a_boxed_error_carries_refusals_too() {
    let script = Script::new([fail(500), hang()]);
    assert_eq!(boxed(&script).await.unwrap(), "broken");
    assert!(boxed(&script).await.unwrap().contains("timed out after 1s"));
}
