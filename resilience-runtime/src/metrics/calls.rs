//! The rows about calls of annotated functions.

use std::ptr;

use ::metrics::{SharedString, counter, gauge, histogram};

use super::describe::{CALL_DURATION, CALLS, IN_FLIGHT};
use super::recorder::Current;
use crate::function::{EndedReading, Function, Outcome};
use crate::registry::Registry;

pub(super) fn publish(registry: &Registry, recorder: &Current) {
    for function in registry.functions() {
        publish_function(function, function.name().into(), recorder);
    }
}

#[allow(clippy::cast_precision_loss)]
fn publish_function(function: &'static Function, name: SharedString, recorder: &Current) {
    let reading = function.readings();
    gauge!(IN_FLIGHT, "name" => name.clone()).set(reading.in_flight() as f64);
    for (outcome, ended) in Outcome::ALL.into_iter().zip(&reading.ended) {
        let outcome = outcome.as_str();
        for (fallback, calls) in by_fallback(function, ended) {
            counter!(CALLS, "name" => name.clone(), "outcome" => outcome, "fallback" => fallback).absolute(calls);
        }
    }
    // The recorder is someone else's code: it is called after the lock is released.
    let new = recorder.heard().lock().entry(ptr::from_ref(function).addr()).or_default().advance(&reading);
    for (outcome, samples) in Outcome::ALL.into_iter().zip(new) {
        let durations = histogram!(CALL_DURATION, "name" => name.clone(), "outcome" => outcome.as_str());
        for new in samples {
            durations.record_many(new.seconds, new.count);
        }
    }
}

/// `none` is a function that has no fallback.
fn by_fallback(function: &Function, ended: &EndedReading) -> [(&'static str, u64); 3] {
    // A call that ends at this moment may show as fallen back before it shows as a call.
    let direct = ended.calls.saturating_sub(ended.fell_back);
    let (not_applied, none) = if function.has_fallback() { (direct, 0) } else { (0, direct) };
    [("applied", ended.fell_back), ("not_applied", not_applied), ("none", none)]
}
