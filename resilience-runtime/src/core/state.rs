//! The states of a circuit breaker.

use std::fmt;

use serde::Serialize;

/// The state of a circuit breaker. The last three are entered by hand only. Serialises and displays as in metrics.
///
/// ```
/// use resilience::CircuitState;
///
/// assert_eq!(CircuitState::HalfOpen.as_str(), "half_open");
/// assert_eq!(CircuitState::Open.to_string(), "open");
///
/// let healthy = CircuitState::ALL.into_iter().filter(|state| state.health_percentage() == 100.0);
/// assert!(healthy.eq([CircuitState::Closed, CircuitState::Disabled, CircuitState::MetricsOnly]));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CircuitState {
    /// Calls pass and are recorded.
    Closed,
    /// Calls are refused until the recovery timeout has passed.
    Open,
    /// A few probes pass; their results decide.
    HalfOpen,
    /// Refuses every call until told otherwise.
    ForcedOpen,
    /// Passes every call and records nothing.
    Disabled,
    /// Passes and records every call, and never opens: a dry run.
    MetricsOnly,
}

impl CircuitState {
    /// Every state, in the order of the documentation.
    pub const ALL: [Self; 6] =
        [Self::Closed, Self::Open, Self::HalfOpen, Self::ForcedOpen, Self::Disabled, Self::MetricsOnly];

    /// The state as metrics and JSON write it: `"half_open"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
            Self::ForcedOpen => "forced_open",
            Self::Disabled => "disabled",
            Self::MetricsOnly => "metrics_only",
        }
    }

    /// Whether calls are refused, or may be.
    pub(crate) const fn refuses(self) -> bool {
        matches!(self, Self::Open | Self::HalfOpen | Self::ForcedOpen)
    }

    /// How healthy a breaker in this state is, in percent: 100 while calls pass, 50 while probing, 0 while refusing.
    #[must_use]
    pub const fn health_percentage(self) -> f64 {
        match self {
            Self::Closed | Self::Disabled | Self::MetricsOnly => 100.0,
            Self::HalfOpen => 50.0,
            Self::Open | Self::ForcedOpen => 0.0,
        }
    }
}

impl fmt::Display for CircuitState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
