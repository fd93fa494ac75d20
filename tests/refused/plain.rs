//! Functions that return no `Result`: the closure gives what they return.

use crate::support::*;
use resilience::{Error, circuit_breaker, fallback, retry, timeout};

/// What a handler of a web framework returns.
#[derive(Debug, Clone, PartialEq)]
struct Response(u16, String);

impl Response {
    fn of(reply: Reply) -> Self {
        match reply {
            Ok(value) => Self(200, value.to_string()),
            Err(_) => Self(500, String::new()),
        }
    }
}

trait IntoResponse {
    fn into_response(self) -> Response;
}

impl IntoResponse for Response {
    fn into_response(self) -> Response {
        self
    }
}

#[timeout("2s", refused = |e| Response(504, e.to_string()))]
async fn handler(script: &Script) -> Response {
    Response::of(script.play_async().await)
}

#[tokio::test(start_paused = true)]
async fn a_timeout_alone_is_enough() {
    let script = Script::new([ok(1), hang(), fail(500)]);
    assert_eq!(handler(&script).await, Response(200, "1".to_owned()));
    assert_eq!(handler(&script).await, Response(504, "`refused::plain::handler` timed out after 2s".to_owned()));
    assert_eq!(handler(&script).await.0, 500, "what the body returns is an answer like any other");
    let stats = crate::stats("refused::plain::handler");
    assert_eq!((stats.successes, stats.failures, stats.fell_back), (2, 1, 0));
}

#[timeout("2s", refused = |_| ())]
async fn nothing(script: &Script) {
    let _ = script.play_async().await;
}

#[timeout("2s", mode = deadline, refused = |_| 0)]
fn number(script: &Script) -> u32 {
    script.play().unwrap_or(1)
}

#[circuit_breaker(name = "refused::plain::list", failure_threshold = 1, failure_if_result = |list| list.is_empty(), refused = |e| vec![e.name().to_owned()])]
fn list(script: &Script) -> Vec<String> {
    script.play().map(|value| value.to_string()).into_iter().collect()
}

#[tokio::test(start_paused = true)]
async fn of_whatever_type() {
    let script = Script::new([hang()]);
    nothing(&script).await;
    assert_eq!(crate::stats("refused::plain::nothing").failures, 1);
    let script = Script::new([fail(500)]);
    assert_eq!(list(&script), Vec::<String>::new());
    assert_eq!(list(&script), ["refused::plain::list"]);
}

#[test]
fn of_a_sync_function() {
    let _clock = stopped();
    assert_eq!(number(&Script::new([ok(7)])), 7);
    assert_eq!(number(&Script::new([hang()])), 0);
}

#[retry(max_attempts = 3, base_delay = "1ms", retry_if_result = |response| response.0 == 500)]
#[circuit_breaker(name = "refused::plain::stack", failure_threshold = 3, failure_if_result = |response| response.0 == 500)]
#[timeout("2s", refused = |e| Response(503, e.policy().to_string()))]
async fn stack(script: &Script) -> Response {
    Response::of(script.play_async().await)
}

#[tokio::test(start_paused = true)]
async fn a_whole_stack_of_policies() {
    let script = Script::new([hang(), fail(500), ok(3)]);
    assert_eq!(stack(&script).await, Response(200, "3".to_owned()));
    assert_eq!(script.calls(), 3, "the time-out and the bad answer were retried");
    script.then([hang()]);
    assert_eq!(stack(&script).await, Response(503, "timeout".to_owned()), "the last one");
    assert_eq!(stack(&script).await, Response(503, "circuit_breaker".to_owned()));
}

#[fallback(value = Response(203, "yesterday's".to_owned()), when = |error: &Error| matches!(error, Error::Timeout(_)))]
#[circuit_breaker(name = "refused::plain::covered", failure_threshold = 1)]
#[timeout("2s", refused = |e| Response(503, e.policy().to_string()))]
async fn under_a_fallback_for_some(script: &Script) -> Response {
    Response::of(script.play_async().await)
}

#[tokio::test(start_paused = true)]
async fn a_fallback_for_some_refusals_leaves_the_others() {
    let script = Script::new([hang()]);
    assert_eq!(under_a_fallback_for_some(&script).await.0, 203);
    assert_eq!(under_a_fallback_for_some(&script).await, Response(503, "circuit_breaker".to_owned()));
}

#[timeout("2s", refused = |e| Response(504, e.name().to_owned()))]
async fn opaque(script: &Script) -> impl IntoResponse + use<> {
    Response::of(script.play_async().await)
}

#[fallback(|error| Response(504, error.name().to_owned()))]
#[retry(max_attempts = 2)]
#[timeout("2s", mode = deadline)]
fn opaque_under_a_fallback(script: &Script) -> impl IntoResponse + use<> {
    Response::of(script.play())
}

#[circuit_breaker(name = "refused::plain::stream", refused = |_| vec![0].into_iter())]
fn stream(n: u32) -> impl Iterator<Item = u32> + Send {
    vec![n, n + 1].into_iter()
}

#[tokio::test(start_paused = true)]
async fn behind_an_impl_trait() {
    let script = Script::new([ok(1), hang()]);
    assert_eq!(opaque(&script).await.into_response().0, 200);
    assert_eq!(opaque(&script).await.into_response(), Response(504, "refused::plain::opaque".to_owned()));
    assert_eq!(stream(1).collect::<Vec<_>>(), [1, 2]);
    resilience::registry().circuit_breaker("refused::plain::stream").unwrap().force_open();
    assert_eq!(stream(1).collect::<Vec<_>>(), [0]);
}

#[test]
fn behind_an_impl_trait_under_a_fallback() {
    let _clock = stopped();
    let script = Script::new([hang()]);
    assert_eq!(opaque_under_a_fallback(&script).into_response().0, 504);
    assert_eq!(script.calls(), 2);
}
