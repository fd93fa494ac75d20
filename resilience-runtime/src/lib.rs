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
mod context;
mod core;
#[cfg(not(resilience_loom))]
mod function;
#[cfg(all(feature = "metrics", not(resilience_loom)))]
pub mod metrics;
pub mod pipeline;
mod policies;
#[cfg(not(resilience_loom))]
mod registry;

pub use crate::context::deadline;
pub use crate::core::error::{BulkheadFull, CircuitOpen, ConfigError, Elapsed, Error, RateLimited};
pub use crate::core::event::{Event, EventKind, Events, RecvError};
pub use crate::core::kind::PolicyKind;
pub use crate::core::name::Name;
pub use crate::core::outcome::{Fault, FromRefusal, Lookup, Nothing, Outcome, Verdict};
pub use crate::core::state::CircuitState;
pub use crate::core::{clock, rng};
pub use crate::policies::budget::{Budget, BudgetBuilder, BudgetConfig, BudgetStats};
pub use crate::policies::circuit_breaker::{
    CircuitBreaker, CircuitBreakerBuilder, CircuitBreakerConfig, CircuitBreakerStats, KeyedCircuitBreaker, OpenReason,
    Permit, Window,
};
pub use crate::policies::fallback::{Fallback, FallbackStats};
pub use crate::policies::retry::{Jitter, Retry, RetryBuilder, RetryConfig, RetryStats, Strategy};
pub use crate::policies::timeout::{Timeout, TimeoutBuilder, TimeoutConfig, TimeoutStats};
pub use crate::policies::{circuit_breaker, fallback, retry, timeout};
#[cfg(not(resilience_loom))]
pub use function::{CallStats, Function, Layer};
pub use pipeline::Pipeline;
#[cfg(not(resilience_loom))]
pub use registry::{
    CircuitSummary, CircuitsByState, Conflict, Health, HealthStatus, KeysByState, Origin, Registrable, Registry,
    Snapshot, registry,
};
