//! Options that several circuit breakers share.

use super::CircuitBreakerBuilder;
use crate::core::name::Name;

/// Options without a name, for several circuit breakers: what [`CircuitBreakerBuilder::config`] takes.
///
/// They are written with the methods of the builder, and checked when one is built with them. A later change to one
/// of the builders is its own.
///
/// ```
/// use std::time::Duration;
/// use resilience::{CircuitBreaker, CircuitBreakerConfig};
///
/// let shared = CircuitBreakerConfig::new(|options| options.failure_threshold(2).recovery_timeout(Duration::from_secs(5)));
/// let jira = CircuitBreaker::builder("jira_api").config(&shared).build()?;
/// let mail = CircuitBreaker::builder("mail").config(&shared).failure_threshold(9).build()?;
/// assert_eq!((jira.name(), jira.stats().failure_threshold), ("jira_api", Some(2)));
/// assert_eq!((mail.name(), mail.stats().failure_threshold), ("mail", Some(9)));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "options do nothing until a builder takes them"]
pub struct CircuitBreakerConfig(CircuitBreakerBuilder);

impl CircuitBreakerConfig {
    /// The options that `options` sets, and the defaults of all others.
    pub fn new(options: impl FnOnce(CircuitBreakerBuilder) -> CircuitBreakerBuilder) -> Self {
        Self(options(CircuitBreakerBuilder::new(Name::from("config"))))
    }
}

impl Default for CircuitBreakerConfig {
    /// The defaults.
    fn default() -> Self {
        Self::new(|options| options)
    }
}

impl CircuitBreakerBuilder {
    /// Takes over all options of `config`, in place of those that were set before. What is set afterwards has precedence.
    /// For an example see [`CircuitBreakerConfig`].
    pub fn config(self, config: &CircuitBreakerConfig) -> Self {
        Self { name: self.name, ..config.0.clone() }
    }
}
