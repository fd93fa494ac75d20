//! The registry: which functions are protected, how, and how they are doing.
//!
//! What to see: the inventory lists `search` before anything was called; its breaker is read by name and opened by hand;
//! the health says so, and a subscriber is told.
//! Run it with `cargo run --example registry`.

use std::error::Error;

use resilience::{circuit_breaker, registry, retry};

#[retry(max_attempts = 2, base_delay = "1ms")]
#[circuit_breaker(name = "search", failure_threshold = 5, recovery_timeout = "30s")]
fn search(query: &str) -> Result<usize, String> {
    Ok(query.len())
}

fn main() -> Result<(), Box<dyn Error>> {
    for function in registry().inventory() {
        println!("{} at {}:{}", function.name(), function.file(), function.line());
        for layer in function.layers() {
            println!("  {} {:?}, found as `{}`", layer.kind(), layer.options(), layer.name());
        }
    }

    let mut events = registry().subscribe();
    println!("search: {:?}", search("rust"));
    let breaker = registry().circuit_breaker("search").ok_or("`search` is in the inventory")?;
    println!("calls so far: {}", breaker.stats().total_calls);

    breaker.force_open();
    println!("search: {:?}", search("rust"));
    while let Ok(event) = events.try_recv() {
        println!("event: {} {:?}", event.name(), event.kind());
    }
    println!("health: {}", serde_json::to_string(&registry().health())?);
    println!("problems: {}", registry().validate().len());
    Ok(())
}
