//! The rows about timeouts.

use ::metrics::{SharedString, counter};

use super::describe::TIMEOUT_CALLS;
use crate::registry::Registry;

pub(super) fn publish(registry: &Registry) {
    for timeout in registry.timeouts() {
        let name = SharedString::from(timeout.name().to_owned());
        let stats = timeout.stats();
        // A call that its caller dropped did not time out.
        let in_time = stats.completed + stats.cancelled;
        for (timed_out, calls) in [("true", stats.timed_out), ("false", in_time)] {
            counter!(TIMEOUT_CALLS, "name" => name.clone(), "timed_out" => timed_out).absolute(calls);
        }
    }
}
