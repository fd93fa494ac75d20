//! `#[timeout]`: the caller waits so long and no longer.
//!
//! What to see: the async body is dropped at the limit; the blocking one is left behind on a worker thread; the one in
//! `mode = deadline` runs where it was called, asks how much time is left, and stops by itself.
//! Run it with `cargo run --example timeout`.

use std::thread::sleep;
use std::time::Duration;

use resilience::{deadline, timeout};

/// The limit is an expression: it may use the arguments.
#[timeout(Duration::from_millis(limit))]
async fn report(limit: u64) -> Result<&'static str, String> {
    tokio::time::sleep(Duration::from_millis(100)).await;
    Ok("the report")
}

/// Blocks its thread, so it gets one of its own. What it needs is moved there.
#[timeout("20ms")]
fn legacy(query: String) -> Result<String, String> {
    sleep(Duration::from_millis(100));
    Ok(query)
}

/// Runs in place and co-operates: as many rounds as fit, with a margin for finishing.
#[timeout("1s", mode = deadline)]
fn improve() -> Result<u32, String> {
    let mut rounds = 0;
    while deadline::remaining().is_some_and(|left| left > Duration::from_millis(900)) {
        sleep(Duration::from_millis(5));
        rounds += 1;
    }
    Ok(rounds)
}

#[tokio::main]
async fn main() {
    println!("with 5 s: {:?}", report(5000).await);
    println!("with 20 ms: {:?}", report(20).await);
    println!("blocking: {:?}", legacy("select 1".to_owned()));
    println!("co-operating: {}", improve().is_ok_and(|rounds| rounds > 0));
}
