//! Why a breaker changes its state.

use crate::state::CircuitState;

/// Why a breaker changed its state, as metrics write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Consecutive,
    FailureWindow,
    FailureRate,
    SlowRate,
    MeanLatency,
    RecoveryTimeout,
    ProbeFailed,
    ProbesSucceeded,
    Manual,
}

impl Reason {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Consecutive => "consecutive",
            Self::FailureWindow => "failure_window",
            Self::FailureRate => "failure_rate",
            Self::SlowRate => "slow_rate",
            Self::MeanLatency => "mean_latency",
            Self::RecoveryTimeout => "recovery_timeout",
            Self::ProbeFailed => "probe_failed",
            Self::ProbesSucceeded => "probes_succeeded",
            Self::Manual => "manual",
        }
    }
}

/// A change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Transition {
    pub(crate) from: CircuitState,
    pub(crate) to: CircuitState,
    pub(crate) reason: Reason,
}
