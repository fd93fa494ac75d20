//! What a policy says instead of running the body, and what is wrong with a configuration.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::kind::PolicyKind;
use crate::name::Name;

/// A policy's own refusal: the body did not run, or its result came too late.
///
/// It reaches a function's error type through `E: From<resilience::Error>`. The conversion into [`std::io::Error`]
/// and [`String`] is provided.
///
/// ```
/// use resilience_runtime::Error;
///
/// #[derive(Debug)]
/// enum JiraError { Status(u16), Resilience(Error) }
///
/// impl From<Error> for JiraError {
///     fn from(error: Error) -> Self { JiraError::Resilience(error) }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The limit passed before the body was done.
    #[error(transparent)]
    Timeout(Elapsed),
    /// The circuit breaker is open, or half-open with all probes taken.
    #[error(transparent)]
    CircuitOpen(CircuitOpen),
    /// No place is free: every worker thread of sync timeouts is busy.
    #[error(transparent)]
    BulkheadFull(BulkheadFull),
    /// The rate limit is used up. No policy of this crate refuses with it yet; hand-written limiters do.
    #[error(transparent)]
    RateLimited(RateLimited),
}

impl Error {
    /// A refusal by a hand-written rate limiter called `name`, which may be asked again after `retry_after`.
    #[must_use]
    pub fn rate_limited(name: impl Into<Name>, retry_after: Option<Duration>) -> Self {
        Self::RateLimited(RateLimited { name: name.into(), retry_after })
    }

    pub(crate) fn timeout(name: &Name, limit: Duration) -> Self {
        Self::Timeout(Elapsed { name: name.clone(), limit })
    }

    pub(crate) fn circuit_open(name: &Name, retry_after: Option<Duration>) -> Self {
        Self::CircuitOpen(CircuitOpen { name: name.clone(), retry_after })
    }

    pub(crate) fn workers_busy(name: &Name, limit: usize) -> Self {
        Self::BulkheadFull(BulkheadFull { name: name.clone(), limit })
    }

    /// The kind of policy that refused.
    #[must_use]
    pub const fn policy(&self) -> PolicyKind {
        match self {
            Self::Timeout(_) => PolicyKind::Timeout,
            Self::CircuitOpen(_) => PolicyKind::CircuitBreaker,
            Self::BulkheadFull(_) => PolicyKind::Bulkhead,
            Self::RateLimited(_) => PolicyKind::RateLimit,
        }
    }

    /// The name of the policy that refused.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Timeout(Elapsed { name, .. })
            | Self::CircuitOpen(CircuitOpen { name, .. })
            | Self::BulkheadFull(BulkheadFull { name, .. })
            | Self::RateLimited(RateLimited { name, .. }) => name.as_str(),
        }
    }

    /// How long the policy asks the caller to wait, where it knows.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::CircuitOpen(CircuitOpen { retry_after, .. }) | Self::RateLimited(RateLimited { retry_after, .. }) => {
                *retry_after
            }
            Self::Timeout(_) | Self::BulkheadFull(_) => None,
        }
    }

    /// Whether trying again soon can help. An open circuit says no: it would refuse again.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        !matches!(self, Self::CircuitOpen(_))
    }

    /// Whether the body ran, at least in part.
    pub(crate) const fn body_ran(&self) -> bool {
        matches!(self, Self::Timeout(_))
    }
}

/// The limit of a timeout passed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` timed out after {limit:?}")]
pub struct Elapsed {
    name: Name,
    limit: Duration,
}

impl Elapsed {
    /// The limit that passed: the timeout's own, or what an outer deadline left of it.
    #[must_use]
    pub const fn limit(&self) -> Duration {
        self.limit
    }
}

/// The circuit breaker let no call through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CircuitOpen {
    name: Name,
    retry_after: Option<Duration>,
}

impl fmt::Display for CircuitOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "circuit breaker `{}` is open", self.name)?;
        match self.retry_after {
            Some(after) => write!(f, ", next probe in {after:?}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for CircuitOpen {}

/// Every place was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` found all {limit} worker threads busy")]
pub struct BulkheadFull {
    name: Name,
    limit: usize,
}

impl BulkheadFull {
    /// How many places there are.
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.limit
    }
}

/// The rate limit was used up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rate limit `{name}` is used up")]
pub struct RateLimited {
    name: Name,
    retry_after: Option<Duration>,
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error {
            Error::Timeout(_) => io::ErrorKind::TimedOut,
            Error::CircuitOpen(_) | Error::BulkheadFull(_) | Error::RateLimited(_) => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

impl From<Error> for String {
    fn from(error: Error) -> Self {
        error.to_string()
    }
}

/// A value that a policy cannot work with, and what it could be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{policy} `{name}`: `{option}` is {value}; it must be {allowed}")]
pub struct ConfigError {
    pub(crate) policy: PolicyKind,
    pub(crate) name: Name,
    pub(crate) option: &'static str,
    pub(crate) value: String,
    pub(crate) allowed: &'static str,
}

impl ConfigError {
    /// The option whose value is wrong: `"failure_rate"`.
    #[must_use]
    pub const fn option(&self) -> &'static str {
        self.option
    }

    /// The wrong value, as text.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// What the value may be: `"above 0 and at most 1"`.
    #[must_use]
    pub const fn allowed(&self) -> &'static str {
        self.allowed
    }
}
