//! The timeout from within: what the tests of the facade cannot see.

mod in_place;
// Virtual time.
#[cfg(feature = "test-util")]
mod limited;
mod logged;
mod shares;
mod workers;

use std::time::{Duration, Instant};

use super::*;
use crate::core::error::Error;

const MS: Duration = Duration::from_millis(1);

/// Long enough for any body that is not meant to be late.
const AMPLE: Duration = Duration::from_secs(60);

fn timeout() -> Timeout {
    named("test")
}

fn named(name: &'static str) -> Timeout {
    Timeout::builder(name).duration(AMPLE).build().unwrap()
}

/// Waits until something has happened on another thread.
#[allow(clippy::disallowed_methods, reason = "it happens in real time")]
fn eventually(what: &str, mut happened: impl FnMut() -> bool) {
    let start = Instant::now();
    while !happened() {
        assert!(start.elapsed() < Duration::from_secs(20), "never: {what}");
        std::thread::yield_now();
    }
}

fn is_timeout<X>(result: &Result<X, Error>) -> bool {
    matches!(result, Err(Error::Timeout(_)))
}
