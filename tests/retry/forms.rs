//! What is retried: owned arguments by `clone(..)`, `Option`, error types of every kind.

use std::cell::Cell;

use crate::support::*;
use resilience::{Nothing, circuit_breaker, retry, timeout};

struct Request {
    body: String,
}

impl Clone for Request {
    fn clone(&self) -> Self {
        CLONES.set(CLONES.get() + 1);
        Self { body: self.body.clone() }
    }
}

thread_local! {
    static CLONES: Cell<u32> = const { Cell::new(0) };
}

fn send(request: Request, script: &Script) -> Reply {
    assert_eq!(request.body, "order", "each attempt has the whole request");
    drop(request);
    script.play()
}

#[retry(max_attempts = 3, base_delay = "1s", clone(request))]
fn consuming(request: Request, script: &Script) -> Reply {
    send(request, script)
}

#[retry(max_attempts = 3, base_delay = "1s", clone(request))]
async fn consuming_async(request: Request, script: &Script) -> Reply {
    tokio::time::sleep(millis(1)).await;
    send(request, script)
}

#[retry(max_attempts = 3, base_delay = "1s")]
fn borrowing(request: Request, script: &Script) -> Reply {
    send(Request { body: request.body.clone() }, script)
}

#[test]
fn what_a_body_consumes_is_cloned_once_per_attempt() {
    let _clock = stopped();
    CLONES.set(0);
    let request = || Request { body: "order".to_owned() };
    assert_eq!(consuming(request(), &Script::new([fail(500), fail(500), ok(1)])), Ok(1));
    assert_eq!(CLONES.get(), 3);
    CLONES.set(0);
    assert_eq!(borrowing(request(), &Script::new([fail(500), ok(1)])), Ok(1));
    assert_eq!(CLONES.get(), 0, "nothing is cloned that was not named");
}

#[tokio::test(start_paused = true)]
async fn what_an_async_body_consumes_is_cloned_once_per_attempt() {
    CLONES.set(0);
    let request = Request { body: "order".to_owned() };
    assert_eq!(consuming_async(request, &Script::new([fail(500), ok(1)])).await, Ok(1));
    assert_eq!(CLONES.get(), 2);
}

#[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
fn maybe(script: &Script) -> Option<u32> {
    script.play().ok()
}

#[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
#[circuit_breaker(name = "retry::forms::maybe_async", failure_threshold = 2)]
#[timeout("5s")]
async fn maybe_async(script: &Script) -> Option<u32> {
    script.play_async().await.ok()
}

#[retry(max_attempts = 3, base_delay = "1s", jitter = none, before_retry = |attempt, _| {
    if attempt == 2 {
        return Err(Nothing);
    }
    Ok(())
})]
fn maybe_with_a_hook(script: &Script) -> Option<u32> {
    script.play().ok()
}

#[test]
fn a_hook_may_end_the_retry_of_an_option() {
    let _clock = stopped();
    let script = Script::new([fail(500)]);
    assert_eq!(maybe_with_a_hook(&script), None);
    assert_eq!(script.calls(), 2);
}

#[test]
fn nothing_is_a_failure_and_is_tried_again() {
    let _clock = stopped();
    let script = Script::new([fail(500), ok(1)]);
    assert_eq!(maybe(&script), Some(1));
    assert_eq!(script.calls(), 2);
    script.then([fail(500)]);
    assert_eq!(maybe(&script), None);
    assert_eq!(script.calls(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_nothing_too() {
    let script = Script::new([fail(500), hang(), ok(1)]);
    assert_eq!(maybe_async(&script).await, None, "a failure and a timeout opened the circuit");
    assert_eq!(script.calls(), 2);
    assert_eq!(resilience::registry().circuit_breaker("retry::forms::maybe_async").unwrap().stats().rejected, 1);
}

/// No `Debug`, no `Display`, no `Clone`, no `From<resilience::Error>`, not `Send`.
struct Mute(#[allow(dead_code, reason = "makes it neither Send nor Sync")] std::rc::Rc<()>);

#[retry(max_attempts = 3, base_delay = "1s")]
fn mute(tries: &Cell<u32>) -> Result<(), Mute> {
    tries.set(tries.get() + 1);
    Err(Mute(std::rc::Rc::new(())))
}

#[retry(max_attempts = 3, base_delay = "1s")]
async fn mute_async(tries: &Cell<u32>) -> Result<(), Mute> {
    tries.set(tries.get() + 1);
    Err(Mute(std::rc::Rc::new(())))
}

#[tokio::test(start_paused = true)]
async fn a_retry_alone_asks_nothing_of_the_error() {
    let tries = Cell::new(0);
    assert!(mute(&tries).is_err());
    assert_eq!(tries.get(), 3);
    assert!(mute_async(&tries).await.is_err());
    assert_eq!(tries.get(), 6);
}

#[retry(max_attempts = 4, base_delay = "1s")]
fn leaving_early(script: &Script) -> Reply {
    let value = script.play()?;
    if value == 0 {
        return Err(Failure::Status(0));
    }
    Ok(value)
}

#[test]
fn a_body_that_leaves_early_is_judged_like_any_other() {
    let _clock = stopped();
    let script = Script::new([fail(500), ok(0), fail(500), ok(9)]);
    assert_eq!(leaving_early(&script), Ok(9));
    assert_eq!(script.calls(), 4);
}
