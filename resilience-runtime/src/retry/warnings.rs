//! What a retry says once, however often it happens.

use crate::error::ConfigError;
use crate::sync::{AtomicBool, Ordering};

/// What has been said. Shared by all copies of a policy.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    wrong_option: AtomicBool,
    no_runtime: AtomicBool,
}

impl Warnings {
    /// An option that is evaluated at each call has a value that is out of bounds.
    #[cold]
    pub(super) fn wrong_option(&self, error: &ConfigError) {
        if first(&self.wrong_option) {
            let (name, error) = (error.name.as_str(), error.to_string());
            tracing::warn!(target: "resilience", policy = "retry", name, error, "a wrong option is replaced by the nearest allowed value");
        }
    }

    /// There is nothing to wait with: a call must not panic for it, and its error is at hand.
    #[cold]
    pub(super) fn no_runtime(&self, name: &str) {
        if first(&self.no_runtime) {
            tracing::warn!(target: "resilience", policy = "retry", name, "no retries outside of a tokio runtime: the error is returned at once");
        }
    }
}

fn first(said: &AtomicBool) -> bool {
    // Relaxed: the flag guards nothing but the log line.
    !said.swap(true, Ordering::Relaxed)
}
