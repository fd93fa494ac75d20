//! Metrics: the policies count, an exporter pulls.
//!
//! [`publish`] hands the totals of every policy to the installed recorder of the [metrics](https://docs.rs/metrics)
//! facade, whichever exporter that is; [`spawn_publisher`] does so on a timer. No recorder is called on the path of a
//! call, and what is exported is what `stats()` says. Calls of functions are counted from the start of the program, but
//! timed only from the first publication on.
//!
//! Every combination of labels is present from the first publication, so that `rate()` sees the first error. Labels are
//! names from the code and closed sets; a keyed breaker is one `name`, whatever its keys.
//!
//! | metric | type | labels |
//! |---|---|---|
//! | `resilience_calls_total` | counter | `name`, `outcome` = success, failure, ignored, cancelled; `fallback` = applied, not_applied, none |
//! | `resilience_call_duration_seconds` | histogram | `name`, `outcome` |
//! | `resilience_in_flight` | gauge | `name` |
//! | `resilience_retry_calls_total` | counter | `name`, `retried` = true, false; `result` = success, not_retryable, max_attempts, max_duration, budget_exhausted, cancelled |
//! | `resilience_retry_attempts_total`, `resilience_retry_backoff_seconds_total` | counter | `name` |
//! | `resilience_retry_budget_tokens`, `resilience_retry_budget_ratio` | gauge | `name` (of the budget) |
//! | `resilience_timeout_calls_total` | counter | `name`, `timed_out` = true, false |
//! | `resilience_breaker_calls_total` | counter | `name`, `result` = success, failure, ignored, rejected, and slow (each of those is also a success, a failure or cancelled) |
//! | `resilience_breaker_state` | gauge | `name`, `state`: 1 for the current one, else 0; of a keyed breaker, the keys in that state |
//! | `resilience_breaker_state_seconds_total` | counter | `name`, `state` |
//! | `resilience_breaker_transitions_total` | counter | `name`, `from`, `to`, `reason` |
//! | `resilience_breaker_would_open_total` | counter | `name`, `reason`: the rules that were broken in a dry run |
//! | `resilience_breaker_failure_ratio`, `_slow_ratio`, `_window_calls`, `_mean_latency_seconds` | gauge | `name`; the slow ratio is NaN without a `slow_call_duration`, the latency while no call in the window was timed |
//! | `resilience_fallback_calls_total` | counter | `name`, `result` = success, failure, cancelled |
//! | `resilience_events_dropped_total` | counter | |
//! | `resilience_build_info` | gauge | `version` |
//!
//! Calls of a breaker that their caller dropped, and those that a timeout refused, are in none of these rows: `stats()`
//! has them.
//!
//! A policy that is [removed](Registry::retain) from its registry is no longer published: its gauges are set to 0,
//! those that can be NaN to NaN, and its counters stay with the recorder as they are.
//!
//! The rows about calls have the [name of the function](crate::Function::name) as `name`, all others that of the policy.
//! Counters of seconds are whole seconds, as counters of the facade are integers; what is cut off is not lost, but shown
//! a second later.
//!
//! The histogram is for exporters with buckets: give them [`DURATION_BUCKETS`], and both the buckets and the sum are
//! exact. An exporter that computes quantiles sees each bucket as so many calls of the bucket's mean. The mean latency
//! of a breaker is that of the timed calls in its window: one in 64, by chance, unless one of its rules looks at latencies.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use std::time::Duration;
//! use resilience::metrics;
//!
//! // In `main`, after the exporter is installed; its histograms get `metrics::DURATION_BUCKETS`.
//! metrics::spawn_publisher(Duration::from_secs(10));
//!
//! // Or by hand, before each scrape:
//! metrics::publish();
//! # }
//! ```

mod breaker;
mod calls;
mod describe;
mod duration;
mod fallback;
mod gone;
mod publisher;
mod recorder;
mod retry;
mod timeout;

pub use publisher::{PublisherHandle, spawn_publisher};

use crate::function::time_calls;
use crate::registry::{Registry, global};

/// The upper bounds, in seconds, of the buckets in which call durations are kept. Those of MicroProfile Fault Tolerance,
/// with 1 ms and 2.5 ms added.
///
/// ```
/// use resilience::metrics::DURATION_BUCKETS;
///
/// assert_eq!((DURATION_BUCKETS.first(), DURATION_BUCKETS.last()), (Some(&0.001), Some(&10.0)));
/// ```
pub const DURATION_BUCKETS: [f64; 16] = crate::function::BOUNDS;

/// Hands the totals of the global registry to the installed recorder. Without a recorder it does nothing.
///
/// ```
/// // install a recorder, for example that of metrics-exporter-prometheus, then:
/// resilience::metrics::publish();
/// ```
pub fn publish() {
    publish_registry(global());
}

/// Hands the totals of `registry` to the installed recorder. Without a recorder it does nothing.
///
/// Calls of functions belong to the global registry; one of your own has its policies to show.
///
/// ```
/// use resilience::{Registry, metrics};
///
/// let registry = Registry::new();
/// metrics::publish_registry(&registry);
/// ```
pub fn publish_registry(registry: &Registry) {
    time_calls();
    let recorder = recorder::current();
    if recorder.is_new() {
        describe::describe();
    }
    calls::publish(registry, &recorder);
    retry::publish(registry, &recorder);
    timeout::publish(registry);
    breaker::publish(registry, &recorder);
    fallback::publish(registry);
    ::metrics::counter!(describe::EVENTS_DROPPED).absolute(registry.events_dropped());
}
