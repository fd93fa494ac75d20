//! The rows about fallbacks.

use ::metrics::{SharedString, counter};

use super::describe::FALLBACK_CALLS;
use crate::registry::Registry;

pub(super) fn publish(registry: &Registry) {
    for fallback in registry.fallbacks() {
        let name = SharedString::from(fallback.name().to_owned());
        let stats = fallback.stats();
        let results = [("success", stats.successes), ("failure", stats.failures), ("cancelled", stats.cancelled)];
        for (result, calls) in results {
            counter!(FALLBACK_CALLS, "name" => name.clone(), "result" => result).absolute(calls);
        }
    }
}
