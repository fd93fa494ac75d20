//! Retries, circuit breakers, timeouts and fallbacks as attributes, with a registry that tells the truth.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

// Expansions name `::resilience`; so do our own unit tests and doctests.
extern crate self as resilience;

#[cfg(feature = "macros")]
pub use resilience_macros::{circuit_breaker, fallback, retry, timeout};
#[doc(hidden)]
pub use resilience_runtime::__private;
pub use resilience_runtime::{
    Budget, BudgetBuilder, BudgetStats, BulkheadFull, CircuitBreaker, CircuitBreakerBuilder, CircuitBreakerStats,
    CircuitOpen, CircuitState, ConfigError, Elapsed, Error, Event, EventKind, Events, Fallback, FallbackStats, Fault,
    FromRefusal, Jitter, KeyedCircuitBreaker, Name, Nothing, Outcome, Permit, PolicyKind, RateLimited, RecvError,
    Retry, RetryBuilder, RetryStats, Strategy, Timeout, TimeoutBuilder, TimeoutStats, Verdict, Window,
};
pub use resilience_runtime::{circuit_breaker, clock, deadline, fallback, retry, timeout};
