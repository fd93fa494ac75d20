//! Any text as a duration: a duration that reads back, or a message, no panic.
//!
//! `mkdir -p fuzz/corpus/duration`, then
//! `cargo +nightly fuzz run duration fuzz/corpus/duration fuzz/seeds/duration -- -max_total_time=60`
#![no_main]

#[path = "../../resilience-macros/src/args/duration.rs"]
mod duration;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| match duration::parse(text) {
    Ok(parsed) => assert_eq!(duration::parse(&format!("{}ns", parsed.as_nanos())), Ok(parsed)),
    Err(message) => assert!(!message.is_empty()),
});
