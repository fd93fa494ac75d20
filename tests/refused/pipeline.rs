//! The twin of the option without attributes: `Pipeline::refused`.

use std::cell::Cell;

use crate::support::*;
use resilience::{CircuitBreaker, Error, Fallback, Fault, Lookup, Pipeline, Retry, Timeout};

/// An error type of another crate.
#[derive(Debug, PartialEq)]
struct Status(String);

const DOWN: &str = "down";

fn play(script: &Script) -> Result<u32, Status> {
    script.play().map_err(|_| Status(DOWN.to_owned()))
}

async fn play_async(script: &Script) -> Result<u32, Status> {
    script.play_async().await.map_err(|_| Status(DOWN.to_owned()))
}

fn breaker(name: &'static str) -> CircuitBreaker {
    CircuitBreaker::builder(name).failure_threshold(2).build().unwrap()
}

fn retry() -> Retry {
    Retry::builder("refused::pipeline").max_attempts(3).base_delay(millis(1)).build().unwrap()
}

fn limit() -> Timeout {
    Timeout::builder("refused::pipeline").duration(secs(1)).build().unwrap()
}

#[test]
fn a_refusal_becomes_what_the_closure_says_once() {
    let _clock = stopped();
    let asked = Cell::new(0);
    let (retry, breaker) = (retry(), breaker("refused::pipeline::once"));
    let pipeline =
        Pipeline::new().layer(retry.clone()).layer(breaker.clone()).layer(limit()).refused(|error: Error| {
            asked.set(asked.get() + 1);
            Status(error.policy().to_string())
        });
    let script = Script::new([hang()]);
    assert_eq!(pipeline.call(|| play(&script)), Err(Status("circuit_breaker".to_owned())));
    assert_eq!((script.calls(), asked.get()), (2, 1), "the time-outs were retried, and the open circuit was not");
    assert_eq!((retry.stats().retries, retry.stats().not_retryable, breaker.stats().rejected), (2, 1, 1));
    breaker.reset();
    let script = Script::new([fail(500), ok(1)]);
    assert_eq!(pipeline.call(|| play(&script)), Ok(1));
    let script = Script::new([fail(500)]);
    breaker.reset();
    let pipeline = Pipeline::new().layer(limit()).refused(|_| unreachable!("nothing is refused"));
    assert_eq!(pipeline.call(|| play(&script)), Err(Status(DOWN.to_owned())), "the body's own error is not touched");
}

#[tokio::test(start_paused = true)]
async fn an_async_call_as_well() {
    let pipeline = Pipeline::new().refused(|error| Status(error.name().to_owned())).layer(retry()).layer(limit());
    let script = Script::new([hang()]);
    let call = pipeline.call_async(|| play_async(&script));
    assert_eq!(call.await, Err(Status("refused::pipeline".to_owned())), "wherever it stands");
    assert_eq!(script.calls(), 3);
    script.then([hang(), ok(4)]);
    assert_eq!(pipeline.call_async(|| play_async(&script)).await, Ok(4));
    script.then([fail(500)]);
    assert_eq!(pipeline.call_async(|| play_async(&script)).await, Err(Status(DOWN.to_owned())));
}

#[test]
fn a_fallback_sees_the_refusal_first() {
    let breaker = breaker("refused::pipeline::fallback");
    let answers =
        Fallback::new("refused::pipeline").with(|_| Ok(7)).when(|fault: &Fault<Status>| fault.refusal().is_none());
    let pipeline = Pipeline::new().layer(answers).layer(breaker.clone()).refused(|_| Status("refused".to_owned()));
    let script = Script::new([fail(500)]);
    assert_eq!(pipeline.call(|| play(&script)), Ok(7));
    breaker.force_open();
    assert_eq!(pipeline.call(|| play(&script)), Err(Status("refused".to_owned())), "what it leaves");
    let all = Fallback::new("refused::pipeline").with(|fault: Fault<Status>| Ok(u32::from(fault.refusal().is_some())));
    let pipeline = Pipeline::new().layer(all).layer(breaker).refused(|_| unreachable!("no refusal gets past it"));
    assert_eq!(pipeline.call(|| play(&script)), Ok(1));
}

#[test]
fn of_an_option_the_closure_gives_the_whole() {
    let breaker = breaker("refused::pipeline::option");
    let pipeline = Pipeline::new().layer(breaker.clone()).refused(|_| Some(9));
    assert_eq!((pipeline.call(|| Some(1)), pipeline.call(|| None)), (Some(1), None));
    let looked_up = Pipeline::new().layer(breaker.clone()).refused(|_| Lookup(Some(9)));
    breaker.force_open();
    assert_eq!(pipeline.call(|| Some(1)), Some(9));
    assert_eq!(looked_up.call(|| Lookup(Some(1))).0, Some(9));
}

/// The same calls by attributes.
#[test]
fn it_is_the_twin_of_the_option() {
    let _clock = stopped();
    #[resilience::retry(max_attempts = 3, base_delay = "1ms")]
    #[resilience::circuit_breaker(name = "refused::pipeline::twin", failure_threshold = 2)]
    #[resilience::timeout("1s", mode = deadline, refused = |e| Status(e.policy().to_string()))]
    fn twin(script: &Script) -> Result<u32, Status> {
        play(script)
    }
    let breaker = breaker("refused::pipeline::own");
    let pipeline = Pipeline::new()
        .layer(retry())
        .layer(breaker.clone())
        .layer(limit())
        .refused(|e| Status(e.policy().to_string()));
    for steps in [vec![hang()], vec![fail(500), ok(3)], vec![hang(), ok(3)], vec![fail(500)]] {
        breaker.reset();
        resilience::registry().circuit_breaker("refused::pipeline::twin").unwrap().reset();
        let (one, other) = (Script::new(steps.clone()), Script::new(steps));
        assert_eq!(twin(&one), pipeline.call(|| play(&other)));
        assert_eq!(one.calls(), other.calls());
    }
}
