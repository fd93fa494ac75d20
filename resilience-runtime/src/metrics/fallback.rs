//! The rows about fallbacks.

use ::metrics::{SharedString, counter};

use super::describe::FALLBACK_CALLS;
use crate::registry::Registry;

pub(super) fn publish(registry: &Registry) {
    for fallback in registry.fallbacks() {
        let name = SharedString::from(fallback.name().to_owned());
        let stats = fallback.stats();
        for (result, calls) in [("success", stats.success), ("failure", stats.failure)] {
            counter!(FALLBACK_CALLS, "name" => name.clone(), "result" => result).absolute(calls);
        }
    }
}
