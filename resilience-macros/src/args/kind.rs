//! The attributes and the options each of them has.

use proc_macro2::Ident;

/// Which attribute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Retry,
    CircuitBreaker,
    Timeout,
    Fallback,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Retry, Self::CircuitBreaker, Self::Timeout, Self::Fallback];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::CircuitBreaker => "circuit_breaker",
            Self::Timeout => "timeout",
            Self::Fallback => "fallback",
        }
    }

    pub(crate) fn from_ident(ident: &Ident) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| ident == kind.name())
    }

    /// Every option, in the order in which a message lists them.
    pub(crate) fn options(self) -> &'static [&'static str] {
        match self {
            Self::Retry => &[
                "max_attempts",
                "strategy",
                "base_delay",
                "max_delay",
                "factor",
                "jitter",
                "max_elapsed",
                "retry_if",
                "abort_if",
                "retry_if_result",
                "none_is",
                "retry_after",
                "max_hint",
                "before_retry",
                "budget",
                "idempotent",
                "retry_on_open",
                "clone",
                "refused",
                "name",
                "crate",
            ],
            Self::CircuitBreaker => &[
                "name",
                "failure_threshold",
                "failure_window",
                "failure_rate",
                "window",
                "minimum_calls",
                "slow_call_duration",
                "slow_call_rate",
                "max_average_latency",
                "recovery_timeout",
                "max_recovery_timeout",
                "half_open_max_calls",
                "success_threshold",
                "half_open_failure_rate",
                "failure_if",
                "ignore_if",
                "failure_if_result",
                "none_is",
                "key",
                "max_keys",
                "refused",
                "crate",
            ],
            Self::Timeout => &["duration", "mode", "refused", "name", "crate"],
            Self::Fallback => {
                &["value", "default", "when", "when_result", "none_is", "clone", "refused", "name", "crate"]
            }
        }
    }

    /// The option that a value without a key stands for.
    pub(crate) fn positional(self) -> Option<&'static str> {
        match self {
            Self::Timeout => Some("duration"),
            Self::Fallback => Some("handler"),
            Self::Retry | Self::CircuitBreaker => None,
        }
    }

    /// What somebody who wrote a bare value most likely meant.
    pub(crate) fn first_option(self) -> &'static str {
        self.positional().unwrap_or(self.options()[0])
    }
}
