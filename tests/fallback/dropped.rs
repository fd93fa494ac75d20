//! A fallback that does not come to its end.

use std::future::pending;
use std::time::Duration;

use resilience::{Error, Fallback, FallbackStats, Timeout, fallback, registry, timeout};

const MS: Duration = Duration::from_millis(1);

async fn hung(_: Error) -> Result<(), Error> {
    pending().await
}

#[fallback(hung, name = "given_up")]
async fn given_up() -> Result<(), Error> {
    Err(Error::rate_limited("upstream", None))
}

#[timeout("1s")]
#[fallback(hung, name = "cut_short")]
async fn cut_short() -> Result<(), Error> {
    Err(Error::rate_limited("upstream", None))
}

/// Calls, successes, failures and cancelled ones.
fn counts(stats: FallbackStats) -> (u64, u64, u64, u64) {
    (stats.calls, stats.successes, stats.failures, stats.cancelled)
}

fn counted(name: &str) -> (u64, u64, u64, u64) {
    counts(registry().fallback(name).unwrap().stats())
}

#[tokio::test(start_paused = true)]
async fn one_that_the_caller_drops_is_cancelled() {
    assert!(tokio::time::timeout(5 * MS, given_up()).await.is_err());
    assert_eq!(counted("given_up"), (1, 0, 0, 1));
}

#[tokio::test(start_paused = true)]
async fn one_that_a_timeout_drops_is_a_failure() {
    assert!(cut_short().await.is_err());
    assert_eq!(counted("cut_short"), (1, 0, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn the_same_holds_without_attributes() {
    let fallback = Fallback::new("by_hand");
    let call = || fallback.call_async(|| async { Err(Error::rate_limited("upstream", None)) }, hung);
    assert!(tokio::time::timeout(5 * MS, call()).await.is_err());
    assert_eq!(counts(fallback.stats()), (1, 0, 0, 1));

    let timeout = Timeout::builder("by_hand").duration(5 * MS).build().unwrap();
    assert!(timeout.call_async(call).await.is_err());
    assert_eq!(counts(fallback.stats()), (2, 0, 1, 1));
}
