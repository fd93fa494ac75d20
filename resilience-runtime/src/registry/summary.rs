//! The circuits in one line each: for overviews.

use serde::Serialize;

use super::Registry;
use super::circuits::{Circuit, KeysByState};
use crate::core::state::CircuitState;
use crate::core::window::Tally;
use crate::policies::circuit_breaker::CircuitBreaker;

/// One line of [`Registry::summary`]. The counts are those of [`CircuitBreakerStats`](crate::CircuitBreakerStats).
///
/// ```
/// use resilience::{CircuitBreaker, CircuitSummary, Registry};
///
/// let registry = Registry::new();
/// let breaker = registry.register(CircuitBreaker::builder("jira_api").build()?);
/// let _ = breaker.call(|| Ok::<_, resilience::Error>(1));
/// let _ = breaker.call(|| Err::<i32, _>(std::io::Error::other("down")));
///
/// let CircuitSummary { name, state, failure_count, failure_threshold, failure_rate, health_percentage, .. } =
///     registry.summary().remove(0);
/// assert_eq!((name.as_str(), state.as_str(), failure_count, failure_threshold), ("jira_api", "closed", 1, Some(5)));
/// // Half of its calls fail, and it is closed: the one says nothing of the other.
/// assert_eq!((failure_rate, health_percentage), (0.5, 100.0));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CircuitSummary {
    /// The name.
    pub name: String,
    /// The state. A keyed breaker is open when more than half of its keys in use are, and half-open when more than half
    /// are one or the other.
    pub state: CircuitState,
    /// Failures that count towards the threshold; of a keyed breaker, those of the key that has most.
    pub failure_count: u32,
    /// The threshold; `None` when the rule is off.
    pub failure_threshold: Option<u32>,
    /// Probes that have succeeded; of a keyed breaker, those of the key that has most.
    pub success_count: u32,
    /// Probes that must succeed to close.
    pub success_threshold: u32,
    /// Failures per call in the window, from 0 to 1. While open: the rate that opened it. Of a keyed breaker, that of all
    /// its keys in use together.
    pub failure_rate: f64,
    /// By the state alone: 100 when closed, 50 when half-open, 0 when open. How many calls fail says `failure_rate`.
    pub health_percentage: f64,
    /// How many keys in use of a keyed breaker are in which state. Left out of JSON where the breaker has no keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<KeysByState>,
}

impl Registry {
    /// Every circuit breaker in one line each, by name. A keyed breaker is one line, whatever its keys.
    ///
    /// ```
    /// use resilience::{CircuitBreaker, Registry};
    ///
    /// let registry = Registry::new();
    /// registry.register(CircuitBreaker::builder("mail").build()?);
    /// registry.register(CircuitBreaker::builder("jira_api").build()?);
    /// assert!(registry.summary().iter().map(|circuit| &circuit.name).eq(["jira_api", "mail"]));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[must_use]
    pub fn summary(&self) -> Vec<CircuitSummary> {
        self.circuits().iter().map(CircuitSummary::of).collect()
    }
}

impl CircuitSummary {
    fn of(circuit: &Circuit) -> Self {
        match circuit {
            Circuit::Single(breaker) => Self::of_single(breaker),
            Circuit::Family(family) => {
                let each = family.instances();
                let keys = KeysByState::of(each.iter().map(CircuitBreaker::state));
                let (failure_threshold, success_threshold) = family.thresholds();
                let none = Self {
                    name: family.name().to_owned(),
                    state: keys.state(),
                    failure_count: 0,
                    failure_threshold,
                    success_count: 0,
                    success_threshold,
                    failure_rate: failure_rate(&each),
                    health_percentage: keys.state().health_percentage(),
                    keys: Some(keys),
                };
                each.iter().map(Self::of_single).fold(none, |family, key| Self {
                    failure_count: family.failure_count.max(key.failure_count),
                    success_count: family.success_count.max(key.success_count),
                    ..family
                })
            }
        }
    }

    fn of_single(breaker: &CircuitBreaker) -> Self {
        let stats = breaker.stats();
        Self {
            name: breaker.name().to_owned(),
            state: stats.state,
            failure_count: stats.failure_count,
            failure_threshold: stats.failure_threshold,
            success_count: stats.success_count,
            success_threshold: stats.success_threshold,
            failure_rate: stats.failure_rate,
            health_percentage: stats.state.health_percentage(),
            keys: None,
        }
    }
}

/// Failures per call in the windows of all of them.
fn failure_rate(breakers: &[CircuitBreaker]) -> f64 {
    let mut all = Tally::default();
    for (_, tally) in breakers.iter().filter_map(|breaker| breaker.totals().window) {
        all.merge(&tally);
    }
    all.failure_rate()
}
