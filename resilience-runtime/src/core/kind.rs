//! The kinds of policy.

use std::fmt;

use serde::Serialize;

/// Which policy a layer, an event or an error belongs to. Serialises and displays as the name of the attribute.
///
/// ```
/// use resilience::PolicyKind;
///
/// assert_eq!(PolicyKind::CircuitBreaker.as_str(), "circuit_breaker");
/// assert_eq!(PolicyKind::RateLimit, "rate_limit");
/// assert_eq!(format!("{:>8}", PolicyKind::Retry), "   retry");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PolicyKind {
    /// `#[retry]`
    Retry,
    /// `#[circuit_breaker]`
    CircuitBreaker,
    /// `#[timeout]`
    Timeout,
    /// `#[fallback]`
    Fallback,
    /// A limit on concurrent calls: the worker pool of sync timeouts has one.
    Bulkhead,
    /// A limit on calls per time.
    RateLimit,
}

impl PolicyKind {
    /// The name of the attribute: `"circuit_breaker"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::CircuitBreaker => "circuit_breaker",
            Self::Timeout => "timeout",
            Self::Fallback => "fallback",
            Self::Bulkhead => "bulkhead",
            Self::RateLimit => "rate_limit",
        }
    }
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl PartialEq<&str> for PolicyKind {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}
