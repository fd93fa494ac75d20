//! `#[circuit_breaker]`: a service that keeps failing is left alone for a while.
//!
//! What to see: after three failures the breaker opens and the fourth call is refused without reaching the service;
//! after the recovery time one probe goes through, succeeds, and closes the breaker.
//! Run it with `cargo run --example circuit_breaker`.

use std::error::Error;
use std::thread::sleep;
use std::time::Duration;

use resilience::circuit_breaker;

#[circuit_breaker(name = "search", failure_threshold = 3, recovery_timeout = "500ms")]
fn search(healthy: bool) -> Result<&'static str, String> {
    println!("  the service is asked");
    if healthy { Ok("42 hits") } else { Err("500 internal server error".to_owned()) }
}

fn main() -> Result<(), Box<dyn Error>> {
    for call in 1..=3 {
        println!("call {call}: {:?}", search(false));
    }
    // Every breaker can be read by its name from anywhere.
    let breaker = resilience::registry().circuit_breaker("search").ok_or("registered")?;
    println!("the breaker is {}", breaker.state());

    println!("call 4: {}", search(true).is_err_and(|error| error.contains("is open")));
    println!("rejected so far: {}", breaker.stats().rejected);

    sleep(Duration::from_millis(550));
    println!("call 5: {:?}", search(true));
    println!("the breaker is {}", breaker.state());
    Ok(())
}
