//! Options that several retries share.

use super::RetryBuilder;
use crate::core::name::Name;

/// Options without a name, for several retries: what [`RetryBuilder::config`] takes.
///
/// They are written with the methods of the builder, and checked when one is built with them. A later change to one
/// of the builders is its own.
///
/// ```
/// use resilience::{Retry, RetryConfig};
///
/// let shared = RetryConfig::new(|options| options.max_attempts(5).budget(0.1));
/// let search = Retry::builder("search").config(&shared).build()?;
/// let stock = Retry::builder("stock").config(&shared).max_attempts(2).build()?;
/// // A ratio is a budget for each; to share one, give it by name or as a value.
/// assert_eq!((search.budget().unwrap().name(), stock.budget().unwrap().name()), ("search", "stock"));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "options do nothing until a builder takes them"]
pub struct RetryConfig(RetryBuilder);

impl RetryConfig {
    /// The options that `options` sets, and the defaults of all others.
    pub fn new(options: impl FnOnce(RetryBuilder) -> RetryBuilder) -> Self {
        Self(options(RetryBuilder::new(Name::from("config"))))
    }
}

impl Default for RetryConfig {
    /// The defaults.
    fn default() -> Self {
        Self::new(|options| options)
    }
}

impl RetryBuilder {
    /// Takes over all options of `config`, in place of those that were set before. What is set afterwards has precedence.
    /// For an example see [`RetryConfig`].
    pub fn config(self, config: &RetryConfig) -> Self {
        Self { name: self.name, ..config.0.clone() }
    }
}
