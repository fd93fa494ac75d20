//! `anyhow::Error` takes refusals as it takes all errors; `downcast_ref` tells them apart.

// [recipe]
use anyhow::{Context, Result};
use resilience::{circuit_breaker, retry};

#[retry(max_attempts = 3, base_delay = "1ms", retry_if = |error| error.is::<std::io::Error>())]
#[circuit_breaker(name = "settings", failure_threshold = 2)]
fn settings(path: &str) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))
}

fn was_refused(error: &anyhow::Error) -> bool {
    error.downcast_ref::<resilience::Error>().is_some()
}
// [/recipe]

fn main() {
    // The second failure opens the circuit, and the third attempt is refused.
    let error = settings("/no/such/file").expect_err("there is no such file");
    assert!(was_refused(&error), "{error:?}");
    let breaker = resilience::registry().circuit_breaker("settings").expect("it has been called");
    breaker.reset();
    let manifest = settings(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    assert!(manifest.is_ok_and(|text| text.contains("recipes")));
    println!("{error:#}");
}
