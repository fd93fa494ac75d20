//! What a retry says once, however often it happens.

use crate::core::clock;
use crate::core::error::ConfigError;
use crate::core::sync::{AtomicBool, Ordering};

/// What has been said. Shared by all copies of a policy.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    wrong_option: AtomicBool,
    blocked_task: AtomicBool,
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

    /// A sync call is about to wait. Inside of a task that keeps others from running, which shows nowhere else.
    pub(super) fn blocks(&self, name: &str) {
        // Relaxed: as below.
        if !self.blocked_task.load(Ordering::Relaxed) && clock::is_polled() && first(&self.blocked_task) {
            tracing::warn!(
                target: "resilience", policy = "retry", name,
                "a sync retry waits inside of an async task and blocks its executor: make the function async, or call it in \
                 `tokio::task::spawn_blocking` or `block_in_place`"
            );
        }
    }
}

fn first(said: &AtomicBool) -> bool {
    // Relaxed: the flag guards nothing but the log line.
    !said.swap(true, Ordering::Relaxed)
}
