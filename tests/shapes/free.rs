//! Free functions.

use super::*;

#[retry(max_attempts = 3, base_delay = 1ms)]
fn sync(flaky: &Flaky) -> Outcome<u32> {
    flaky.call(3)
}

#[retry(max_attempts = 3, base_delay = "1ms")]
async fn asynchronous(flaky: &Flaky) -> Outcome<u32> {
    flaky.call(3)
}

#[fallback(|_| Ok(7))]
#[retry(max_attempts = 2, base_delay = "1ms")]
#[circuit_breaker(name = "shapes::free::full", failure_threshold = 100)]
#[timeout("1s")]
async fn full(flaky: &Flaky) -> Outcome<u32> {
    flaky.call(100)
}

#[fallback(|_| Ok(7))]
#[retry(max_attempts = 2, base_delay = "1ms")]
#[circuit_breaker(name = "shapes::free::full_sync", failure_threshold = 100)]
#[timeout("1s", mode = deadline)]
fn full_sync(flaky: &Flaky) -> Outcome<u32> {
    flaky.call(100)
}

#[timeout("10ms")]
async fn slow() -> Outcome<u32> {
    tokio::time::sleep(Duration::from_secs(5)).await;
    Ok(1)
}

#[test]
fn a_sync_function_is_retried() {
    let flaky = Flaky::default();
    assert_eq!(sync(&flaky), Ok(3));
    let flaky = Flaky::default();
    assert_eq!(full_sync(&flaky), Ok(7));
    assert_eq!(flaky.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_async_function_is_retried() {
    let flaky = Flaky::default();
    assert_eq!(send(asynchronous(&flaky)).await, Ok(3));
    let flaky = Flaky::default();
    assert_eq!(send(full(&flaky)).await, Ok(7));
    assert_eq!(flaky.calls(), 2);
    assert_eq!(slow().await, Err(Failure::Refused));
}
