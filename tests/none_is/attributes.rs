//! Each attribute by itself, and stacks in which they differ.

use resilience::{circuit_breaker, fallback, registry, retry, timeout};

use super::*;

#[retry(name = "none_is::retry", max_attempts = 3, base_delay = "1s", none_is = success)]
fn retried(script: &Script) -> Option<u32> {
    find(script)
}

#[retry(name = "none_is::retry_async", max_attempts = 3, base_delay = "1s", none_is = success)]
#[circuit_breaker(name = "none_is::inner", failure_threshold = 2)]
#[timeout("5s")]
async fn retried_async(script: &Script) -> Option<u32> {
    find_async(script).await
}

#[retry(max_attempts = 3, base_delay = "1s", none_is = failure)]
fn said(script: &Script) -> Option<u32> {
    find(script)
}

#[tokio::test(start_paused = true)]
async fn a_retry_returns_nothing_at_once() {
    let script = Script::new([nothing()]);
    assert_eq!((retried(&script), script.calls()), (None, 1));
    let stats = registry().retry("none_is::retry").unwrap().stats();
    assert_eq!((stats.successes_without_retry, stats.not_retryable), (1, 0));
    assert_eq!((retried_async(&script).await, script.calls()), (None, 2));
    assert_eq!(registry().circuit_breaker("none_is::inner").unwrap().stats().total_failures, 1, "it did not say so");
    assert_eq!((said(&script), script.calls()), (None, 5));
    script.then([ok(1)]);
    assert_eq!(retried(&script), Some(1));
    assert_eq!(retried_async(&script).await, Some(1));
}

#[retry(name = "none_is::cloned", max_attempts = 3, base_delay = "1s", none_is = success, clone(key = spare?))]
fn cloned(key: u32, spare: Option<u32>, script: &Script) -> Option<u32> {
    find(script).map(|found| found + key)
}

#[test]
fn an_expression_that_ends_the_call_with_nothing_is_an_answer() {
    let script = Script::new([ok(1)]);
    assert_eq!((cloned(1, Some(2), &script), cloned(1, None, &script), script.calls()), (Some(3), None, 1));
    let stats = registry().retry("none_is::cloned").unwrap().stats();
    assert_eq!((stats.calls, stats.successes, stats.not_retryable), (2, 2, 0));
    let path = concat!(module_path!(), "::cloned");
    let calls = registry().inventory().into_iter().find(|function| function.path() == path).unwrap().stats();
    assert_eq!((calls.calls, calls.successes), (2, 2));
}

#[retry(name = "none_is::refused", max_attempts = 3, base_delay = "1s", none_is = success)]
#[timeout("5s")]
async fn timed_out(script: &Script) -> Option<u32> {
    find_async(script).await
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_retried_all_the_same() {
    let script = Script::new([hang(), nothing()]);
    assert_eq!((timed_out(&script).await, script.calls()), (None, 2));
    assert_eq!(registry().retry("none_is::refused").unwrap().stats().successes_with_retry, 1);
}

#[retry(max_attempts = 3, base_delay = "1s", retry_if_result = |value| *value == 0, none_is = success)]
fn by_value(script: &Script) -> Option<u32> {
    find(script)
}

#[test]
fn a_retry_that_looks_at_values_returns_nothing_at_once() {
    let _clock = stopped();
    let script = Script::new([ok(0), nothing()]);
    assert_eq!((by_value(&script), script.calls()), (None, 2));
}

#[circuit_breaker(name = "none_is::breaker", failure_threshold = 1, none_is = success)]
fn guarded(script: &Script) -> Option<u32> {
    find(script)
}

#[circuit_breaker(name = "none_is::breaker_async", failure_threshold = 1, failure_if_result = |value| *value == 0, none_is = success)]
async fn guarded_async(script: &Script) -> Option<u32> {
    find_async(script).await
}

#[tokio::test(start_paused = true)]
async fn nothing_does_not_open_a_circuit() {
    let script = Script::new([nothing()]);
    for _ in 0..3 {
        assert_eq!(guarded(&script), None);
        assert_eq!(guarded_async(&script).await, None);
    }
    let stats = registry().circuit_breaker("none_is::breaker").unwrap().stats();
    assert_eq!((stats.total_successes, stats.total_failures), (3, 0));
    let other = registry().circuit_breaker("none_is::breaker_async").unwrap();
    assert_eq!((other.stats().total_successes, other.stats().total_failures), (3, 0));
    script.then([ok(0)]);
    assert_eq!(guarded_async(&script).await, Some(0));
    assert_eq!(other.state().as_str(), "open", "a value may still be a failure");
}

#[fallback(value = 7, none_is = success)]
#[circuit_breaker(name = "none_is::under_a_fallback", failure_threshold = 1)]
fn answered(script: &Script) -> Option<u32> {
    find(script)
}

#[fallback(value = 7, when_result = |value| *value == 0, none_is = success)]
#[timeout("5s")]
async fn answered_async(script: &Script) -> Option<u32> {
    find_async(script).await
}

#[tokio::test(start_paused = true)]
async fn a_fallback_leaves_nothing_alone_and_answers_for_refusals() {
    let script = Script::new([nothing()]);
    assert_eq!(answered(&script), None);
    assert_eq!(answered(&script), Some(7), "the circuit is open: its own attribute says nothing of `None`");
    script.then([nothing(), ok(0), hang()]);
    assert_eq!(answered_async(&script).await, None);
    assert_eq!(answered_async(&script).await, Some(7));
    assert_eq!(answered_async(&script).await, Some(7));
}

#[fallback(value = 1)]
#[fallback(value = 2, none_is = success)]
#[circuit_breaker(name = "none_is::two", failure_threshold = 1)]
fn two_fallbacks(script: &Script) -> Option<u32> {
    find(script)
}

#[retry(max_attempts = 3, base_delay = "1s")]
#[fallback(value = 2, none_is = success)]
#[circuit_breaker(name = "none_is::above", failure_threshold = 1, none_is = success)]
fn above_a_fallback(script: &Script) -> Option<u32> {
    find(script)
}

#[test]
fn what_a_fallback_leaves_alone_others_see() {
    let _clock = stopped();
    let script = Script::new([nothing()]);
    assert_eq!(two_fallbacks(&script), Some(1));
    assert_eq!(two_fallbacks(&script), Some(2), "refused");
    script.then([nothing(), nothing(), ok(5)]);
    assert_eq!(above_a_fallback(&script), Some(5));
}

type Found<T> = Option<T>;

#[fallback(value = 3, none_is = success)]
#[retry(max_attempts = 3, base_delay = "1s", none_is = success)]
#[circuit_breaker(name = "none_is::alias", failure_threshold = 1, none_is = success)]
async fn by_another_name(script: &Script) -> Found<u32> {
    find_async(script).await
}

#[tokio::test(start_paused = true)]
async fn an_alias_of_option_will_do() {
    let script = Script::new([nothing()]);
    assert_eq!((by_another_name(&script).await, script.calls()), (None, 1));
    registry().circuit_breaker("none_is::alias").unwrap().force_open();
    assert_eq!(by_another_name(&script).await, Some(3));
}

#[test]
fn the_inventory_shows_it() {
    let function =
        registry().inventory().into_iter().find(|function| function.path().ends_with("::two_fallbacks")).unwrap();
    assert_eq!(function.layers()[1].options(), [("value", "2"), ("none_is", "success")]);
}
