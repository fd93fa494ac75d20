//! The policies, registry, events and metrics behind `resilience-rs`.
//!
//! Depend on the facade, `resilience-rs`; this crate is its engine.
//!
//! ```
//! use resilience_runtime::{CircuitBreaker, Error, Retry};
//!
//! let breaker = CircuitBreaker::builder("jira_api").failure_threshold(5).build()?;
//! let retry = Retry::builder("jira_api").max_attempts(3).build()?;
//! let page = retry.call(|| breaker.call(|| Ok::<_, Error>("page")));
//! assert_eq!(page, Ok("page"));
//! # Ok::<(), resilience_runtime::ConfigError>(())
//! ```
#![deny(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(hidden)]
pub mod __private;
mod backoff;
mod budget;
mod check;
pub mod circuit_breaker;
pub mod clock;
pub mod deadline;
mod error;
mod event;
pub mod fallback;
mod frame;
mod function;
mod inventory;
mod keyed;
mod kind;
pub mod metrics;
mod name;
mod observe;
mod outcome;
mod policy;
mod registry;
pub mod retry;
pub mod rng;
mod state;
mod stats;
mod sync;
pub mod timeout;
mod window;

pub use budget::{Budget, BudgetBuilder, BudgetStats};
pub use circuit_breaker::{
    CircuitBreaker, CircuitBreakerBuilder, CircuitBreakerStats, KeyedCircuitBreaker, Permit, Window,
};
pub use error::{BulkheadFull, CircuitOpen, ConfigError, Elapsed, Error, RateLimited};
pub use event::{Event, EventKind, Events, RecvError};
pub use fallback::{Fallback, FallbackStats};
pub use function::{CallStats, Function, Layer};
pub use kind::PolicyKind;
pub use name::Name;
pub use outcome::{Caught, Fault, FromRefusal, Nothing, Outcome, Verdict};
pub use registry::{
    CircuitSummary, CircuitsByState, Conflict, Health, HealthStatus, Origin, Registrable, Registry, Snapshot, registry,
};
pub use retry::{Jitter, Retry, RetryBuilder, RetryStats, Strategy};
pub use state::CircuitState;
pub use timeout::{Timeout, TimeoutBuilder, TimeoutStats};
