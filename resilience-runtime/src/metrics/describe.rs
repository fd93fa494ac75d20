//! The names of all metrics, and what each one is.

use ::metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

pub(super) const CALLS: &str = "resilience_calls_total";
pub(super) const CALL_DURATION: &str = "resilience_call_duration_seconds";
pub(super) const IN_FLIGHT: &str = "resilience_in_flight";
pub(super) const RETRY_CALLS: &str = "resilience_retry_calls_total";
pub(super) const RETRY_ATTEMPTS: &str = "resilience_retry_attempts_total";
pub(super) const RETRY_BACKOFF: &str = "resilience_retry_backoff_seconds_total";
pub(super) const BUDGET_TOKENS: &str = "resilience_retry_budget_tokens";
pub(super) const BUDGET_RATIO: &str = "resilience_retry_budget_ratio";
pub(super) const TIMEOUT_CALLS: &str = "resilience_timeout_calls_total";
pub(super) const BREAKER_CALLS: &str = "resilience_breaker_calls_total";
pub(super) const BREAKER_STATE: &str = "resilience_breaker_state";
pub(super) const BREAKER_STATE_SECONDS: &str = "resilience_breaker_state_seconds_total";
pub(super) const BREAKER_TRANSITIONS: &str = "resilience_breaker_transitions_total";
pub(super) const BREAKER_WOULD_OPEN: &str = "resilience_breaker_would_open_total";
pub(super) const BREAKER_FAILURE_RATIO: &str = "resilience_breaker_failure_ratio";
pub(super) const BREAKER_SLOW_RATIO: &str = "resilience_breaker_slow_ratio";
pub(super) const BREAKER_WINDOW_CALLS: &str = "resilience_breaker_window_calls";
pub(super) const BREAKER_MEAN_LATENCY: &str = "resilience_breaker_mean_latency_seconds";
pub(super) const FALLBACK_CALLS: &str = "resilience_fallback_calls_total";
pub(super) const EVENTS_DROPPED: &str = "resilience_events_dropped_total";
pub(super) const BUILD_INFO: &str = "resilience_build_info";

/// Tells the current recorder what each metric means.
pub(super) fn describe() {
    describe_counter!(CALLS, Unit::Count, "Calls of annotated functions, by how they ended");
    describe_histogram!(
        CALL_DURATION,
        Unit::Seconds,
        "Time from the start of a call of an annotated function to its end"
    );
    describe_gauge!(IN_FLIGHT, Unit::Count, "Calls of annotated functions that have begun and not ended");
    describe_counter!(
        RETRY_CALLS,
        Unit::Count,
        "Calls through a retry, by whether they were retried and how they ended"
    );
    describe_counter!(RETRY_ATTEMPTS, Unit::Count, "Attempts that calls through a retry took, the first ones included");
    describe_counter!(RETRY_BACKOFF, Unit::Seconds, "Time that retries waited between attempts, in whole seconds");
    describe_gauge!(BUDGET_TOKENS, Unit::Count, "Retries that the budget would pay for now");
    describe_gauge!(BUDGET_RATIO, "Retries per call that the budget pays for");
    describe_counter!(TIMEOUT_CALLS, Unit::Count, "Calls under a limit whose body began, by whether the limit passed");
    describe_counter!(
        BREAKER_CALLS,
        Unit::Count,
        "Calls at a circuit breaker, by result; a slow one is a success, a failure or cancelled as well"
    );
    describe_gauge!(BREAKER_STATE, "1 for the state a circuit breaker is in; of a keyed one, the number of keys in it");
    describe_counter!(
        BREAKER_STATE_SECONDS,
        Unit::Seconds,
        "Time a circuit breaker has spent in a state, in whole seconds"
    );
    describe_counter!(BREAKER_TRANSITIONS, Unit::Count, "Changes of state of a circuit breaker, by reason");
    describe_counter!(BREAKER_WOULD_OPEN, Unit::Count, "Times a rule would have opened a circuit breaker on a dry run");
    describe_gauge!(BREAKER_FAILURE_RATIO, "Failures per call in the window of a circuit breaker");
    describe_gauge!(BREAKER_SLOW_RATIO, "Slow calls per call in the window of a circuit breaker");
    describe_gauge!(BREAKER_WINDOW_CALLS, Unit::Count, "Calls in the window of a circuit breaker");
    describe_gauge!(
        BREAKER_MEAN_LATENCY,
        Unit::Seconds,
        "Mean latency of the timed calls in the window of a circuit breaker"
    );
    describe_counter!(FALLBACK_CALLS, Unit::Count, "Times a fallback stood in, by the result of the fallback itself");
    describe_counter!(EVENTS_DROPPED, Unit::Count, "Events that slow subscribers have lost");
    describe_gauge!(BUILD_INFO, "1, labelled with the version of the resilience runtime");
}
