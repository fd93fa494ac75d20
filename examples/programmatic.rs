//! The policies without attributes: plain values with builders.
//!
//! What to see: a builder refuses a wrong value with a reason; a pipeline of a retry, a breaker and a timeout around a
//! call that fails twice, and what it does when the circuit is open; and the two-step form, where a permit is taken first
//! and reported on later.
//! Run it with `cargo run --example programmatic`.

use std::time::Duration;

use resilience::{CircuitBreaker, ConfigError, Pipeline, Retry, Timeout};

fn main() -> Result<(), ConfigError> {
    let mistake = CircuitBreaker::builder("search").failure_rate(1.5).build();
    println!("a wrong option: {}", mistake.map_or_else(|error| error.to_string(), |_| "accepted".to_owned()));

    let breaker = CircuitBreaker::builder("search").failure_threshold(5).build()?;
    let retry = Retry::builder("search").max_attempts(3).base_delay(Duration::from_millis(10)).build()?;

    let timeout = Timeout::builder("search").duration(Duration::from_secs(2)).build()?;
    // The outermost first, as attributes are written.
    let pipeline = Pipeline::new().layer(retry.clone()).layer(breaker.clone()).layer(timeout);

    let mut asked = 0;
    let answer: Result<&str, String> = pipeline.call(|| {
        asked += 1;
        if asked < 3 { Err("busy".to_owned()) } else { Ok("42 hits") }
    });
    println!("the answer: {answer:?} after {asked} attempts");
    println!("the breaker saw {} calls, {} failed", breaker.stats().total_calls, breaker.stats().total_failures);

    // Two steps, for code that is not a closure.
    match breaker.try_acquire() {
        Ok(permit) => permit.success(),
        Err(refused) => println!("not now, maybe in {:?}", refused.retry_after()),
    }
    breaker.force_open();
    let refused = pipeline.call(|| Ok::<_, String>("never run"));
    println!("by hand: {refused:?}, without a retry: {} so far", retry.stats().retries);
    Ok(())
}
