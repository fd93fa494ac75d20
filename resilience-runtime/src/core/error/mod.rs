//! What a policy says instead of running the body, and what is wrong with a configuration.

mod circuit_open;
mod elapsed;

use std::fmt;
use std::io;
use std::mem;
use std::time::Duration;

use crate::core::clock::nanos;
use crate::core::kind::PolicyKind;
use crate::core::name::Name;
use crate::core::opening::{Board, Source};

pub use circuit_open::CircuitOpen;
pub(crate) use circuit_open::Wait;
pub use elapsed::Elapsed;

/// A policy's own refusal: the body did not run, or its result came too late.
///
/// It reaches a function's error type through `E: From<resilience::Error>`. The conversion into [`std::io::Error`]
/// and [`String`] is provided; a timeout is [`std::io::ErrorKind::TimedOut`], every other refusal `Other`.
///
/// ```
/// use resilience::Error;
///
/// #[derive(Debug)]
/// enum JiraError { Status(u16), Resilience(Error) }
///
/// impl From<Error> for JiraError {
///     fn from(error: Error) -> Self { JiraError::Resilience(error) }
/// }
///
/// // What a handler may do with it:
/// fn status(error: &Error) -> u16 {
///     match error {
///         Error::Timeout(_) => 504,
///         Error::RateLimited(_) => 429,
///         _ => 503, // with `retry_after()` as the header of that name
///     }
/// }
/// assert_eq!(status(&Error::rate_limited("search", None)), 429);
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
    /// No place is free: every worker thread of sync timeouts is busy, or as many as one function may hold are busy with
    /// this one.
    #[error(transparent)]
    BulkheadFull(BulkheadFull),
    /// The rate limit is used up. No policy of this crate refuses with it yet; hand-written limiters do.
    #[error(transparent)]
    RateLimited(RateLimited),
}

impl Error {
    /// A refusal by a hand-written rate limiter called `name`, which may be asked again after `retry_after`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::{Error, PolicyKind};
    ///
    /// let error = Error::rate_limited("search", Some(Duration::from_secs(2)));
    /// assert_eq!((error.policy(), error.name()), (PolicyKind::RateLimit, "search"));
    /// assert_eq!((error.retry_after(), error.is_retryable()), (Some(Duration::from_secs(2)), true));
    /// ```
    #[must_use]
    pub fn rate_limited(name: impl Into<Name>, retry_after: Option<Duration>) -> Self {
        Self::RateLimited(RateLimited { name: name.into(), retry_after: Span::maybe(retry_after) })
    }

    /// `limit` passed, or what an outer deadline had left of it.
    pub(crate) fn timeout(name: &Name, limit: Duration, left: Option<Duration>) -> Self {
        Self::Timeout(Elapsed::new(name.clone(), limit, left))
    }

    pub(crate) const fn open_circuit(source: Source, wait: Wait) -> Self {
        Self::CircuitOpen(CircuitOpen { source, wait })
    }

    /// What a breaker of this name says that was opened by hand.
    #[cfg(test)]
    pub(crate) fn circuit_open(name: impl Into<Name>, retry_after: Span) -> Self {
        let name = name.into();
        let wait = retry_after.get().map_or(Wait::UNKNOWN, Wait::open);
        Self::open_circuit(crate::core::opening::Openings::new(&name).source(&name), wait)
    }

    pub(crate) fn workers_busy(name: &Name, limit: usize) -> Self {
        Self::BulkheadFull(BulkheadFull::new(name, limit, false))
    }

    pub(crate) fn share_busy(name: &Name, limit: usize) -> Self {
        Self::BulkheadFull(BulkheadFull::new(name, limit, true))
    }

    /// What an open circuit with a fixed name says, in three words; any other refusal as it is.
    #[inline(always)]
    pub(crate) fn into_open(self) -> Result<(&'static Board, u64, Wait), Self> {
        match self {
            Self::CircuitOpen(CircuitOpen { source: Source::Fixed(board, id), wait }) => {
                // There is nothing in it to drop, which the compiler does not see.
                mem::forget(self);
                Ok((board, id, wait))
            }
            other => Err(other),
        }
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
            Self::Timeout(elapsed) => elapsed.name(),
            Self::CircuitOpen(open) => open.name(),
            Self::BulkheadFull(full) => full.name(),
            Self::RateLimited(limited) => limited.name(),
        }
    }

    /// How long the policy asks the caller to wait, where it knows: an open circuit, a rate limit.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder("jira_api").failure_threshold(1).build()?;
    /// breaker.try_acquire().unwrap().failure();
    /// let refusal = breaker.try_acquire().unwrap_err();
    /// assert!(refusal.retry_after().is_some_and(|after| after <= Duration::from_secs(30)));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::CircuitOpen(open) => open.retry_after(),
            Self::RateLimited(limited) => limited.retry_after(),
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
        matches!(self, Self::Timeout(elapsed) if !matches!(elapsed.left(), Some(Duration::ZERO)))
    }
}

/// A length of time, or none, in one word: a refusal is moved through every layer above it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(u64);

impl Span {
    const NONE: u64 = u64::MAX;

    fn of(length: Duration) -> Self {
        Self(nanos(length).min(Self::NONE - 1))
    }

    pub(crate) fn maybe(length: Option<Duration>) -> Self {
        length.map_or(Self(Self::NONE), Self::of)
    }

    const fn length(self) -> Duration {
        Duration::from_nanos(self.0)
    }

    const fn get(self) -> Option<Duration> {
        if self.0 == Self::NONE { None } else { Some(self.length()) }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

/// Every place was taken.
///
/// ```standalone_crate
/// use std::time::Duration;
/// use resilience::{Error, Timeout, timeout};
///
/// timeout::set_max_workers(1);
/// let outer = Timeout::builder("report").duration(Duration::from_secs(5)).build()?;
/// let inner = outer.clone();
/// let refused = outer.call_on_thread(move || inner.call_on_thread(|| Ok::<(), _>(())));
///
/// let Err(Error::BulkheadFull(full)) = refused else {
///     unreachable!("the only worker thread runs the outer body");
/// };
/// assert_eq!((full.name(), full.limit(), full.is_share()), ("report", 1, false));
/// assert_eq!(full.to_string(), "`report` found all 1 worker threads busy");
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkheadFull {
    name: Name,
    /// In half a word: see [`Span`].
    limit: u32,
    is_share: bool,
}

impl BulkheadFull {
    fn new(name: &Name, limit: usize, is_share: bool) -> Self {
        Self { name: name.clone(), limit: u32::try_from(limit).unwrap_or(u32::MAX), is_share }
    }

    /// The name of the policy that found no place.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// How many places there are: in all, or for this function if [`is_share`](Self::is_share).
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.limit as usize
    }

    /// Whether others had places left: it was the share of this function that was used up.
    #[must_use]
    pub const fn is_share(&self) -> bool {
        self.is_share
    }
}

impl fmt::Display for BulkheadFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, limit, is_share } = self;
        match is_share {
            false => write!(f, "`{name}` found all {limit} worker threads busy"),
            true => write!(f, "`{name}` holds {limit} worker threads, as many as one function may"),
        }
    }
}

impl std::error::Error for BulkheadFull {}

/// The rate limit was used up: see [`Error::rate_limited`].
///
/// ```
/// use resilience::Error;
///
/// let Error::RateLimited(limited) = Error::rate_limited("search", None) else { unreachable!() };
/// assert_eq!((limited.name(), limited.retry_after()), ("search", None));
/// assert_eq!(limited.to_string(), "rate limit `search` is used up");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rate limit `{name}` is used up")]
pub struct RateLimited {
    name: Name,
    retry_after: Span,
}

impl RateLimited {
    /// The name of the limit.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// When to come back, where the limit knows.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after.get()
    }
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

/// A value that a policy cannot work with, and what it could be: what the `build` of a builder returns.
///
/// Behind an attribute, whose options may be expressions, the nearest allowed value is used instead, with a warning.
///
/// ```
/// use resilience::Retry;
///
/// let error = Retry::builder("search").factor(0.5).build().unwrap_err();
/// assert_eq!((error.policy().as_str(), error.name()), ("retry", "search"));
/// assert_eq!((error.option(), error.value()), ("factor", "0.5"));
/// assert_eq!(error.allowed(), "a finite number of at least 1");
/// ```
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
    /// The kind of policy that cannot work with it.
    #[must_use]
    pub const fn policy(&self) -> PolicyKind {
        self.policy
    }

    /// The name of the policy.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

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

    /// What the value may be: `"from 0 to 1"`.
    #[must_use]
    pub const fn allowed(&self) -> &'static str {
        self.allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_small() {
        assert!(size_of::<Error>() <= 32, "{} bytes", size_of::<Error>());
    }

    #[test]
    fn the_longest_span_is_not_none() {
        let error = Error::rate_limited("search", Some(Duration::MAX));
        assert!(error.retry_after() > Some(Duration::from_secs(500 * 365 * 86_400)));
        assert_eq!(Error::rate_limited("search", None).retry_after(), None);
    }
}
