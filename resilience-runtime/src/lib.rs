//! The policies, registry, events and metrics behind `resilience-rs`.
//!
//! Depend on the facade, `resilience-rs`; this crate is its engine.
//!
//! ```
//! use resilience::{CircuitBreaker, Error, Pipeline, Retry};
//!
//! let breaker = CircuitBreaker::builder("jira_api").failure_threshold(5).build()?;
//! let retry = Retry::builder("jira_api").max_attempts(3).build()?;
//! let page = Pipeline::new().layer(retry).layer(breaker).call(|| Ok::<_, Error>("page"));
//! assert_eq!(page, Ok("page"));
//! # Ok::<(), resilience::ConfigError>(())
//! ```
#![deny(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
// The model-checked build ends at the policies: above them nothing decides, and their statics are made at compile time.
// What only an exporter reads is dead without one. With the feature nothing is, and clippy looks.
#![cfg_attr(not(feature = "metrics"), allow(dead_code, unused_imports))]
#![cfg_attr(resilience_loom, allow(dead_code, unreachable_pub, unused_imports, clippy::unwrap_used))]

#[cfg(not(resilience_loom))]
#[doc(hidden)]
pub mod __private;
mod backoff;
mod budget;
mod chain;
mod check;
pub mod circuit_breaker;
pub mod clock;
pub mod deadline;
mod error;
mod event;
mod excerpt;
pub mod fallback;
mod frame;
#[cfg(not(resilience_loom))]
mod function;
#[cfg(not(resilience_loom))]
mod inventory;
mod keyed;
mod kind;
#[cfg(all(feature = "metrics", not(resilience_loom)))]
pub mod metrics;
mod name;
mod observe;
mod opening;
mod outcome;
pub mod pipeline;
mod policy;
mod probing;
#[cfg(not(resilience_loom))]
mod registry;
pub mod retry;
pub mod rng;
mod rounding;
mod state;
mod stats;
mod sync;
pub mod timeout;
mod window;

pub use budget::{Budget, BudgetBuilder, BudgetConfig, BudgetStats};
pub use circuit_breaker::{
    CircuitBreaker, CircuitBreakerBuilder, CircuitBreakerConfig, CircuitBreakerStats, KeyedCircuitBreaker, OpenReason,
    Permit, Window,
};
pub use error::{BulkheadFull, CircuitOpen, ConfigError, Elapsed, Error, RateLimited};
pub use event::{Event, EventKind, Events, RecvError};
pub use fallback::{Fallback, FallbackStats};
#[cfg(not(resilience_loom))]
pub use function::{CallStats, Function, Layer};
pub use kind::PolicyKind;
pub use name::Name;
pub use outcome::{Fault, FromRefusal, Lookup, Nothing, Outcome, Verdict};
pub use pipeline::Pipeline;
#[cfg(not(resilience_loom))]
pub use registry::{
    CircuitSummary, CircuitsByState, Conflict, Health, HealthStatus, KeysByState, Origin, Registrable, Registry,
    Snapshot, registry,
};
pub use retry::{Jitter, Retry, RetryBuilder, RetryConfig, RetryStats, Strategy};
pub use state::CircuitState;
pub use timeout::{Timeout, TimeoutBuilder, TimeoutConfig, TimeoutStats};
