//! What a retry says once, however often it happens.

use crate::error::ConfigError;
use crate::sync::{AtomicBool, Ordering};

/// What has been said. Shared by all copies of a policy.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    wrong_option: AtomicBool,
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
}

fn first(said: &AtomicBool) -> bool {
    // Relaxed: the flag guards nothing but the log line.
    !said.swap(true, Ordering::Relaxed)
}
