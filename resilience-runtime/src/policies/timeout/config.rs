//! The options of a timeout.

use std::time::Duration;

use crate::core::check::Check;
use crate::core::error::ConfigError;
use crate::core::kind::PolicyKind;
use crate::core::name::Name;

use super::handle::Timeout;

/// The options of a [`Timeout`]: see [`Timeout::builder`].
///
/// ```
/// use std::time::Duration;
/// use resilience::Timeout;
///
/// let timeout = Timeout::builder("search").duration(Duration::from_secs(2)).build()?;
/// assert_eq!((timeout.name(), timeout.duration()), ("search", Some(Duration::from_secs(2))));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is built"]
pub struct TimeoutBuilder {
    pub(super) name: Name,
    pub(super) duration: Duration,
}

impl Timeout {
    /// The options of a timeout called `name`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::{Error, Timeout, deadline};
    ///
    /// let timeout = Timeout::builder("report").duration(Duration::from_secs(5)).build()?;
    /// let rows = timeout.call(|| {
    ///     assert!(deadline::remaining().is_some());
    ///     Ok::<_, Error>(3)
    /// });
    /// assert_eq!(rows, Ok(3));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn builder(name: impl Into<Name>) -> TimeoutBuilder {
        TimeoutBuilder::new(name.into())
    }
}

impl TimeoutBuilder {
    pub(super) const fn new(name: Name) -> Self {
        Self { name, duration: Duration::ZERO }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// How long the body may take, longer than zero. It has no default.
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = duration;
        self
    }

    /// The timeout.
    ///
    /// # Errors
    /// When [`duration`](Self::duration) is zero or was not given.
    ///
    /// ```
    /// use resilience::Timeout;
    ///
    /// let error = Timeout::builder("search").build().unwrap_err();
    /// assert_eq!(error.to_string(), "timeout `search`: `duration` is 0ns; it must be longer than zero");
    /// ```
    pub fn build(mut self) -> Result<Timeout, ConfigError> {
        let mut check = Check::new(PolicyKind::Timeout, &self.name);
        check.duration("duration", &mut self.duration);
        match check.finish() {
            Some(error) => Err(error),
            None => Ok(Timeout::new(self.name, Some(self.duration))),
        }
    }
}
