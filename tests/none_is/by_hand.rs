//! Without attributes: `Lookup`, an `Option` whose `None` is an answer.

use resilience::{CircuitBreaker, Fallback, Lookup, Pipeline, Retry, Timeout};

use super::*;

#[tokio::test(start_paused = true)]
async fn every_policy_takes_nothing_for_an_answer() {
    let script = Script::new([nothing()]);
    let retry = Retry::builder("none_is::by_hand").base_delay(secs(1)).build().unwrap();
    let breaker = CircuitBreaker::builder("none_is::by_hand").failure_threshold(1).build().unwrap();
    let timeout = Timeout::builder("none_is::by_hand").duration(secs(5)).build().unwrap();
    let fallback = Fallback::new("none_is::by_hand");

    assert_eq!(retry.call(|| Lookup(find(&script))).0, None);
    assert_eq!(retry.call_async(async || Lookup(find_async(&script).await)).await.0, None);
    assert_eq!((script.calls(), retry.stats().successes_without_retry), (2, 2));
    assert_eq!(breaker.call(|| Lookup(find(&script))).0, None);
    assert_eq!(breaker.call_async(|| async { Lookup(find_async(&script).await) }).await.0, None);
    assert_eq!((breaker.state().as_str(), breaker.stats().total_successes), ("closed", 2));
    assert_eq!(timeout.call(|| Lookup(find(&script))).0, None);
    assert_eq!(fallback.call(|| Lookup(find(&script)), |_| Lookup(Some(7))).0, None);

    breaker.force_open();
    let refused = || breaker.call(|| Lookup(find(&script)));
    assert_eq!(refused().0, None);
    assert_eq!(retry.call(refused).0, None);
}

#[tokio::test(start_paused = true)]
async fn a_pipeline_is_the_twin_of_a_stack() {
    let script = Script::new([nothing()]);
    let retry = Retry::builder("none_is::pipeline").base_delay(secs(1)).build().unwrap();
    let breaker = CircuitBreaker::builder("none_is::pipeline").failure_threshold(1).build().unwrap();
    let pipeline = Pipeline::new()
        .layer(Fallback::new("none_is::pipeline").with(|_| Ok(Some(7))))
        .layer(retry.clone())
        .layer(breaker.clone());

    assert_eq!(pipeline.call(|| Lookup(find(&script))).0, None);
    assert_eq!(pipeline.call_async(|| async { Lookup(find_async(&script).await) }).await.0, None);
    assert_eq!((script.calls(), retry.stats().retries, breaker.stats().total_failures), (2, 0, 0));
    breaker.force_open();
    assert_eq!(pipeline.call(|| Lookup(find(&script))).0, Some(7), "a refusal is no answer");
}
