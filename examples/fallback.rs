//! `#[fallback]`: what the caller gets when the call did not work.
//!
//! What to see: the same failure answered by a function, a closure, a value, and by the default; and a failure that
//! `when` lets through. Run it with `cargo run --example fallback`.

use std::time::Duration;

use resilience::{fallback, timeout};

/// Takes what `price` takes; it could also take the error, both, or nothing.
fn list_price(sku: u32) -> Result<u32, String> {
    Ok(if sku < 100 { 10 } else { 20 })
}

#[fallback(list_price)]
fn price(sku: u32) -> Result<u32, String> {
    Err(format!("pricing is down, no price for {sku}"))
}

#[fallback(|error| Ok(format!("sorry, {who}: {error}")))]
fn greeting(who: &str) -> Result<String, String> {
    Err("the greeter is asleep".to_owned())
}

// A fallback that catches everything may stand on a function that has no error of its own.
#[fallback(value = 3)]
#[timeout("10ms")]
async fn stars(sku: u32) -> u32 {
    tokio::time::sleep(Duration::from_secs(60)).await;
    sku
}

#[fallback(default, when = |error: &String| error.contains("cache"))]
fn basket(user: &str) -> Result<Vec<u32>, String> {
    Err(if user == "ann" { "the cache is down" } else { "no such user" }.to_owned())
}

#[tokio::main]
async fn main() {
    println!("a function: {:?}", price(7));
    println!("a closure: {:?}", greeting("Ann"));
    println!("a value: {:?}", stars(7).await);
    println!("the default: {:?}", basket("ann"));
    println!("let through: {:?}", basket("bob"));
}
