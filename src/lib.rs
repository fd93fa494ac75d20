//! Retries, circuit breakers, timeouts and fallbacks as attributes, with a registry that tells the truth.
//!
//! ```
//! use std::io;
//! use resilience::{circuit_breaker, fallback, retry, timeout};
//!
//! struct Jira;
//!
//! impl Jira {
//!     #[fallback(cached_page)]
//!     #[retry(max_attempts = 3, base_delay = "10ms")]
//!     #[circuit_breaker(name = "jira_api", failure_threshold = 5, recovery_timeout = "30s")]
//!     #[timeout("2s")]
//!     async fn search(&self, jql: &str) -> io::Result<String> {
//!         Err(io::Error::other(format!("no answer to {jql}")))
//!     }
//! }
//!
//! fn cached_page(_jql: &str) -> io::Result<String> {
//!     Ok("yesterday's page".to_owned())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! assert_eq!(Jira.search("project = X").await.unwrap(), "yesterday's page");
//! assert_eq!(resilience::registry().circuit_breaker("jira_api").unwrap().stats().total_failures, 3);
//! # }
//! ```
//!
//! # Finding one's way
//!
//! * The attributes: [`macro@retry`], [`macro@circuit_breaker`], [`macro@timeout`], [`macro@fallback`].
//! * The policies behind them, usable without attributes: [`Retry`], [`CircuitBreaker`], [`Timeout`], [`Fallback`],
//!   [`Budget`]; each has a page with its rules: [`mod@retry`], [`mod@circuit_breaker`], [`mod@timeout`],
//!   [`mod@fallback`].
//! * A stack of them without attributes: [`Pipeline`].
//! * What happened: [`registry()`], [`Registry`], [`metrics`], [`Events`].
//! * Refusals: [`Error`].
//! * Time: [`deadline`] for the body that asks how long it still has, [`clock`] and [`rng`] for tests.
//!
//! # Counts
//!
//! Statistics, documents and metrics use one word for one thing, whatever the policy:
//!
//! | word | what it counts |
//! |---|---|
//! | `calls` | what the policy was asked for; a circuit breaker puts `total_` before it, and before the next two, as it also counts a window |
//! | `successes`, `failures` | calls that came to a good end, and to a bad one, a panic included |
//! | `ignored` | calls whose outcome says nothing about the dependency |
//! | `rejected` | calls that the policy refused: the body did not run |
//! | `cancelled` | calls that their caller dropped |
//! | `abandoned` | bodies that run on, on a worker thread, after their caller has left: how many there are now |
//!
//! Other words are of one policy alone, and stand on its page. Lengths of time are [`Duration`](std::time::Duration)s; what
//! is not known, or off, is `None`.
//!
//! # Features
//!
//! * `macros` (default): the attributes.
//! * `metrics` (default): the module [`metrics`], for recorders of the crate of that name.
//! * `test-util`: virtual time, for dev-dependencies.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

// Expansions name `::resilience`; so do the crate's own doctests.
extern crate self as resilience;

#[cfg(feature = "macros")]
pub use resilience_macros::{circuit_breaker, fallback, retry, timeout};
#[doc(hidden)]
pub use resilience_runtime::__private;
#[cfg(feature = "metrics")]
pub use resilience_runtime::metrics;
pub use resilience_runtime::{
    Budget, BudgetBuilder, BudgetConfig, BudgetStats, BulkheadFull, CallStats, CircuitBreaker, CircuitBreakerBuilder,
    CircuitBreakerConfig, CircuitBreakerStats, CircuitOpen, CircuitState, CircuitSummary, CircuitsByState, ConfigError,
    Conflict, Elapsed, Error, Event, EventKind, Events, Fallback, FallbackStats, Fault, FromRefusal, Function, Health,
    HealthStatus, Jitter, KeyedCircuitBreaker, KeysByState, Layer, Lookup, Name, Nothing, OpenReason, Origin, Outcome,
    Permit, Pipeline, PolicyKind, RateLimited, RecvError, Registrable, Registry, Retry, RetryBuilder, RetryConfig,
    RetryStats, Snapshot, Strategy, Timeout, TimeoutBuilder, TimeoutConfig, TimeoutStats, Verdict, Window, registry,
};
pub use resilience_runtime::{circuit_breaker, clock, deadline, fallback, pipeline, retry, rng, timeout};

/// The README's code compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
