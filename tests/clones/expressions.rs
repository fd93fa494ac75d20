//! An expression runs at the start of each attempt; its error ends the call.

use resilience::{circuit_breaker, fallback, registry, retry, timeout};

use super::*;

const DEPENDENCY: &str = "clones::dependency";

#[retry(name = "clones::sync", max_attempts = 4, base_delay = "1s", clone(request = request.try_clone().ok_or(NotClone)?))]
#[circuit_breaker(name = DEPENDENCY, failure_threshold = 100)]
fn call(request: Request, script: &Script) -> Reply {
    send(request, script)
}

#[retry(name = "clones::async", max_attempts = 4, base_delay = "1s", clone(request = request.try_clone().ok_or(NotClone)?))]
#[circuit_breaker(name = DEPENDENCY, failure_threshold = 100)]
#[timeout("5s")]
async fn call_async(request: Request, script: &Script) -> Reply {
    tokio::time::sleep(millis(1)).await;
    send(request, script)
}

/// What the breaker of the dependency has counted meanwhile.
fn recorded(before: u64) -> u64 {
    registry().circuit_breaker(DEPENDENCY).map_or(0, |breaker| breaker.stats().total_calls) - before
}

#[tokio::test(start_paused = true)]
async fn each_attempt_has_what_the_expression_makes_of_the_argument() {
    let script = Script::new([fail(500), fail(500), ok(1)]);
    assert_eq!(call(Request::new(3), &script), Ok(1));
    script.then([fail(500), fail(500), ok(2)]);
    assert_eq!(call_async(Request::new(3), &script).await, Ok(2));
    assert_eq!(script.calls(), 6);
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_expression_is_not_retried_and_not_recorded() {
    let before = recorded(0);
    let script = Script::new([fail(500)]);
    assert_eq!(call(Request::new(0), &script), NO_CLONE);
    assert_eq!(call_async(Request::new(0), &script).await, NO_CLONE);
    assert_eq!((script.calls(), recorded(before)), (0, 0));
    assert_eq!(call(Request::new(2), &script), NO_CLONE);
    assert_eq!(call_async(Request::new(2), &script).await, NO_CLONE);
    assert_eq!((script.calls(), recorded(before)), (4, 4), "those that had a request");

    for name in ["clones::sync", "clones::async"] {
        let stats = registry().retry(name).unwrap().stats();
        assert_eq!(stats.max_attempts_reached, 0);
        assert!(stats.not_retryable >= 2 && stats.retries >= 2, "{stats:?}");
    }
}

#[fallback(|error| Ok(if error == Failure::Status(409) { 70 } else { 7 }))]
#[retry(max_attempts = 2, base_delay = "1s", clone(request = request.try_clone().ok_or(NotClone)?))]
#[circuit_breaker(name = "clones::seen")]
fn answered(request: Request, script: &Script) -> Reply {
    send(request, script)
}

#[test]
fn an_error_of_the_expression_is_seen_by_the_fallback() {
    let _clock = stopped();
    let script = Script::new([fail(500)]);
    assert_eq!(answered(Request::new(2), &script), Ok(7));
    assert_eq!(answered(Request::new(1), &script), Ok(70));
    assert_eq!(script.calls(), 3);
}

#[fallback(whole, clone(request = request.try_clone().ok_or(NotClone)?))]
#[circuit_breaker(name = "clones::fallback")]
fn needed_twice(request: Request, script: &Script) -> Reply {
    send(request, script)
}

fn whole(request: Request, _: &Script, error: Failure) -> Reply {
    Ok(if error == Failure::Status(409) { 100 } else { 10 } + request.left.get())
}

#[test]
fn a_fallback_gives_the_body_what_the_expression_makes_and_keeps_the_argument() {
    let script = Script::new([ok(1), fail(500)]);
    assert_eq!(needed_twice(Request::new(1), &script), Ok(1));
    assert_eq!(needed_twice(Request::new(3), &script), Ok(12));
    assert_eq!(needed_twice(Request::new(0), &script), Ok(100));
    assert_eq!(script.calls(), 2);
    assert_eq!(registry().circuit_breaker("clones::fallback").unwrap().stats().total_calls, 2);
}

#[retry(max_attempts = 3, base_delay = "1s", clone(request = request.try_clone()?))]
fn maybe(request: Request, script: &Script) -> Option<u32> {
    send(request, script).ok()
}

#[retry(max_attempts = 3, base_delay = "1s", clone(request = request.try_clone()?))]
async fn maybe_async(request: Request, script: &Script) -> Option<u32> {
    send(request, script).ok()
}

#[tokio::test(start_paused = true)]
async fn nothing_ends_the_call_of_an_option() {
    let script = Script::new([fail(500), ok(1)]);
    assert_eq!(maybe(Request::new(1), &script), None);
    assert_eq!((maybe_async(Request::new(0), &script).await, script.calls()), (None, 1));
    assert_eq!((maybe_async(Request::new(1), &script).await, script.calls()), (Some(1), 2));
}

#[retry(max_attempts = 3, base_delay = "1s", clone(request = fetched(&request).await?, script))]
#[timeout("1s")]
async fn awaited(request: Request, script: Script) -> Reply {
    send(request, &script)
}

async fn fetched(request: &Request) -> Result<Request, NotClone> {
    tokio::time::sleep(secs(60)).await;
    request.try_clone().ok_or(NotClone)
}

#[tokio::test(start_paused = true)]
async fn an_expression_may_await() {
    let script = Script::new([fail(500), ok(1)]);
    assert_eq!(awaited(Request::new(2), script.clone()).await, Ok(1));
    assert!(script.starts()[1] >= secs(120));
    assert_eq!(awaited(Request::new(0), script.clone()).await, NO_CLONE);
}

#[retry(max_attempts = 3, base_delay = "1s", clone(numbers = { passed(numbers.len()); numbers.iter().rev().copied().collect() }))]
fn without_an_error(numbers: Vec<u32>, script: &Script) -> Reply {
    let first = numbers.into_iter().next().unwrap();
    script.play().map(|value| value + first)
}

fn passed(length: usize) {
    assert_eq!(length, 2, "an expression sees the argument, not what the last one made");
}

#[test]
fn an_expression_need_not_fail() {
    let _clock = stopped();
    let script = Script::new([fail(500), ok(1)]);
    assert_eq!(without_an_error(vec![10, 20], &script), Ok(21));
}

#[retry(max_attempts = 2, base_delay = "1s", before_retry = |_, _| { assert_eq!(request.left.get(), 1); }, clone(request = request.try_clone().ok_or(NotClone)?))]
fn with_a_hook(request: Request, script: &Script) -> Reply {
    send(request, script)
}

#[test]
fn hooks_see_the_argument_of_the_function() {
    let _clock = stopped();
    let script = Script::new([fail(500), ok(1)]);
    assert_eq!(with_a_hook(Request::new(2), &script), Ok(1));
}

#[retry(max_attempts = 3, clone(request = panicking()))]
fn panics(request: Request, script: &Script) -> Reply {
    send(request, script)
}

fn panicking() -> Request {
    panic!("no request")
}

#[test]
fn a_panic_of_an_expression_goes_on_unwinding() {
    let script = Script::new([ok(1)]);
    let panic = std::panic::catch_unwind(|| panics(Request::new(0), &script)).unwrap_err();
    assert_eq!((message(&*panic), script.calls()), ("no request", 0));
}

#[test]
fn the_inventory_shows_the_expression() {
    let function = registry().inventory().into_iter().find(|function| function.path().ends_with("::maybe")).unwrap();
    let written = function.layers()[0].options().iter().find(|(key, _)| *key == "clone").unwrap();
    assert_eq!(written.1, "request = request.try_clone()?");
}
