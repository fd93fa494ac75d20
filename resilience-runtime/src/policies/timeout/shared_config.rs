//! Options that several timeouts share.

use super::TimeoutBuilder;
use crate::core::name::Name;

/// Options without a name, for several timeouts: what [`TimeoutBuilder::config`] takes.
///
/// They are written with the methods of the builder, and checked when one is built with them. A later change to one
/// of the builders is its own.
///
/// ```
/// use std::time::Duration;
/// use resilience::{Timeout, TimeoutConfig};
///
/// let shared = TimeoutConfig::new(|options| options.duration(Duration::from_secs(2)));
/// let search = Timeout::builder("search").config(&shared).build()?;
/// assert_eq!((search.name(), search.duration()), ("search", Some(Duration::from_secs(2))));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "options do nothing until a builder takes them"]
pub struct TimeoutConfig(TimeoutBuilder);

impl TimeoutConfig {
    /// The options that `options` sets, and the defaults of all others.
    pub fn new(options: impl FnOnce(TimeoutBuilder) -> TimeoutBuilder) -> Self {
        Self(options(TimeoutBuilder::new(Name::from("config"))))
    }
}

impl Default for TimeoutConfig {
    /// The defaults.
    fn default() -> Self {
        Self::new(|options| options)
    }
}

impl TimeoutBuilder {
    /// Takes over all options of `config`, in place of those that were set before. What is set afterwards has precedence.
    /// For an example see [`TimeoutConfig`].
    pub fn config(self, config: &TimeoutConfig) -> Self {
        Self { name: self.name, ..config.0.clone() }
    }
}
