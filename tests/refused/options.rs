//! `Option<T>`: the closure gives the whole of it.

use crate::support::*;
use resilience::{Nothing, circuit_breaker, fallback, timeout};

#[circuit_breaker(name = "refused::options::stale", failure_threshold = 1, refused = |_| Some(99))]
fn stale(script: &Script) -> Option<u32> {
    script.play().ok()
}

#[timeout("1s", refused = |_| None)]
async fn none(script: &Script) -> Option<u32> {
    script.play_async().await.ok()
}

#[test]
fn a_refusal_may_be_some_value() {
    let script = Script::new([fail(404)]);
    assert_eq!(stale(&script), None, "of the body");
    assert_eq!(stale(&script), Some(99));
    assert_eq!(script.calls(), 1);
    let stats = crate::stats("refused::options::stale");
    assert_eq!((stats.failures, stats.fell_back), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn or_none() {
    assert_eq!(none(&Script::new([hang()])).await, None);
}

#[fallback(|_: Nothing| Some(7), when = |_: &Nothing| script.calls() > 1)]
#[circuit_breaker(name = "refused::options::below", failure_threshold = 2, refused = |_| Some(99))]
fn below_a_fallback(script: &Script) -> Option<u32> {
    script.play().ok()
}

#[test]
fn a_fallback_sees_the_refusal_first() {
    let script = Script::new([fail(404)]);
    assert_eq!([below_a_fallback(&script), below_a_fallback(&script)], [None, Some(7)]);
    assert_eq!(below_a_fallback(&script), Some(7), "refused, and the fallback is for it");
    assert_eq!(below_a_fallback(&Script::new([ok(1)])), Some(99), "refused, and it is not");
}
