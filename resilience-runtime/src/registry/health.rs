//! How the circuits are doing, in one document: for probes, load balancers and dashboards.

use std::collections::BTreeMap;
use std::fmt;
use std::time::SystemTime;

use serde::{Serialize, Serializer};

use super::Registry;
use super::circuits::{KeysByState, Reading};
use crate::core::clock;
use crate::core::state::CircuitState;

/// The health of all circuits: [`Registry::health`]. It is about which circuits let calls through, and not about how many
/// calls fail: that is the `failure_rate` of [`Registry::summary`].
///
/// Displays as a sentence that says what the percentage is made of.
///
/// ```
/// use resilience::{CircuitBreaker, Registry};
///
/// let registry = Registry::new();
/// registry.register(CircuitBreaker::builder("jira_api").build()?).force_open();
///
/// let health = registry.health();
/// assert_eq!((health.status.as_str(), health.total_circuits, health.health_percentage), ("critical", 1, 0.0));
/// assert_eq!((health.circuits_by_state.open, &health.open_circuits), (1, &vec!["jira_api".to_owned()]));
/// assert_eq!(
///     health.to_string(),
///     "critical: 1 of 1 circuits is open (jira_api), health 0 % \
///      (the mean over all circuits: closed is 100, half-open 50, open 0)"
/// );
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// The verdict.
    pub status: HealthStatus,
    /// When this was read. Serialises as RFC 3339 in UTC.
    #[serde(serialize_with = "rfc3339")]
    pub timestamp: SystemTime,
    /// How many circuits there are. A keyed breaker is one, whatever its keys: those may be made up.
    pub total_circuits: usize,
    /// How many of them are in which state.
    pub circuits_by_state: CircuitsByState,
    /// The names of those that refuse calls. A keyed breaker is among them when more than half of its keys in use are
    /// open.
    pub open_circuits: Vec<String>,
    /// Of each keyed breaker, by name, how many keys in use are in which state. Left out of JSON when there is none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, KeysByState>,
    /// The mean over all circuits, where a closed one is worth 100, a half-open one 50 and an open one 0, however many of
    /// its calls fail. 100 when there is none.
    pub health_percentage: f64,
}

/// How many circuits are in which state. By hand, `forced_open` counts as open, `disabled` and `metrics_only` count as
/// closed: what matters is whether calls pass.
///
/// ```
/// use resilience::{CircuitBreaker, Registry};
///
/// let registry = Registry::new();
/// registry.register(CircuitBreaker::builder("jira_api").build()?).disable();
/// registry.register(CircuitBreaker::builder("mail").build()?).force_open();
///
/// let states = registry.health().circuits_by_state;
/// assert_eq!((states.closed, states.open, states.half_open), (1, 1, 0));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CircuitsByState {
    /// Calls pass.
    pub closed: usize,
    /// Calls are refused.
    pub open: usize,
    /// Probes pass.
    pub half_open: usize,
}

/// The verdict on all circuits. Displays and serialises in lower case.
///
/// ```
/// use resilience::{HealthStatus, Registry};
///
/// let status = Registry::new().health().status;
/// assert_eq!(status, HealthStatus::Healthy);
/// assert_eq!(status, "healthy");
/// assert_eq!(HealthStatus::Degraded.as_str(), HealthStatus::Degraded.to_string());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HealthStatus {
    /// No circuit is open.
    Healthy,
    /// A circuit is open.
    Degraded,
    /// More than half of the circuits are open.
    Critical,
}

impl HealthStatus {
    /// The status as JSON writes it: `"degraded"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Critical => "critical",
        }
    }

    const fn of(states: CircuitsByState) -> Self {
        match states.open {
            0 => Self::Healthy,
            open if open > states.closed + states.half_open => Self::Critical,
            _ => Self::Degraded,
        }
    }
}

impl fmt::Display for HealthStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl PartialEq<&str> for HealthStatus {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

fn rfc3339<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&humantime::format_rfc3339_millis(*time))
}

impl Registry {
    /// The health of all circuits. A breaker whose recovery timeout has passed counts as half-open, before any call too.
    ///
    /// ```
    /// use resilience::{CircuitBreaker, HealthStatus, Registry};
    ///
    /// let registry = Registry::new();
    /// registry.register(CircuitBreaker::builder("jira_api").build()?);
    /// registry.register(CircuitBreaker::builder("mail").build()?).force_open();
    ///
    /// let health = registry.health();
    /// assert_eq!(health.status, HealthStatus::Degraded);
    /// assert_eq!(health.health_percentage, 50.0);
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[must_use]
    pub fn health(&self) -> Health {
        let readings = self.circuits().iter().map(Reading::of).collect();
        let timestamp = clock::wall(clock::now());
        Health::of(readings, timestamp)
    }
}

impl Health {
    fn of(readings: Vec<Reading>, timestamp: SystemTime) -> Self {
        let total_circuits = readings.len();
        let mut circuits_by_state = CircuitsByState::default();
        let (mut open_circuits, mut keys) = (Vec::new(), BTreeMap::new());
        let mut percentages = 0.0;
        for Reading { name, state, keys: of_family } in readings {
            percentages += state.health_percentage();
            circuits_by_state.add(state);
            if let Some(of_family) = of_family {
                keys.insert(name.clone(), of_family);
            }
            if matches!(state, CircuitState::Open | CircuitState::ForcedOpen) {
                open_circuits.push(name);
            }
        }
        #[allow(clippy::cast_precision_loss)]
        let health_percentage = if total_circuits == 0 { 100.0 } else { percentages / total_circuits as f64 };
        Self {
            status: HealthStatus::of(circuits_by_state),
            timestamp,
            total_circuits,
            circuits_by_state,
            open_circuits,
            keys,
            health_percentage,
        }
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, total_circuits, circuits_by_state: CircuitsByState { open, .. }, .. } = self;
        let verb = if *open == 1 { "is" } else { "are" };
        write!(f, "{status}: {open} of {total_circuits} circuits {verb} open")?;
        if !self.open_circuits.is_empty() {
            write!(f, " ({})", self.open_circuits.join(", "))?;
        }
        let percentage = (self.health_percentage * 10.0).round() / 10.0;
        write!(f, ", health {percentage} % (the mean over all circuits: closed is 100, half-open 50, open 0)")
    }
}

impl CircuitsByState {
    pub(super) const fn add(&mut self, state: CircuitState) {
        match state {
            CircuitState::Closed | CircuitState::Disabled | CircuitState::MetricsOnly => self.closed += 1,
            CircuitState::HalfOpen => self.half_open += 1,
            CircuitState::Open | CircuitState::ForcedOpen => self.open += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health(states: &[CircuitState]) -> Health {
        let circuits = states.iter().enumerate();
        let reading = |(i, state): (usize, &CircuitState)| Reading { name: format!("c{i}"), state: *state, keys: None };
        Health::of(circuits.map(reading).collect(), SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn no_circuit_is_a_healthy_one() {
        assert_eq!(
            serde_json::to_string(&health(&[])).unwrap(),
            r#"{"status":"healthy","timestamp":"1970-01-01T00:00:00.000Z","total_circuits":0,"circuits_by_state":{"closed":0,"open":0,"half_open":0},"open_circuits":[],"health_percentage":100.0}"#
        );
    }

    #[test]
    fn the_status_follows_the_share_of_open_circuits() {
        use CircuitState::{Closed, ForcedOpen, HalfOpen, Open};
        for (states, status, percentage) in [
            (&[Closed, HalfOpen][..], HealthStatus::Healthy, 75.0),
            (&[Closed, Open], HealthStatus::Degraded, 50.0),
            (&[Open, ForcedOpen, Closed], HealthStatus::Critical, 100.0 / 3.0),
            (&[Open], HealthStatus::Critical, 0.0),
        ] {
            let health = health(states);
            assert_eq!(health.status, status, "{states:?}");
            assert!((health.health_percentage - percentage).abs() < 1e-9, "{states:?}");
        }
    }

    #[test]
    fn the_sentence_says_what_the_percentage_is_made_of() {
        use CircuitState::{Closed, HalfOpen, Open};
        let made_of = "(the mean over all circuits: closed is 100, half-open 50, open 0)";
        for (states, start) in [
            (&[][..], "healthy: 0 of 0 circuits are open, health 100 %"),
            (&[Closed, HalfOpen], "healthy: 0 of 2 circuits are open, health 75 %"),
            (&[Closed, Open, Closed], "degraded: 1 of 3 circuits is open (c1), health 66.7 %"),
            (&[Open, Open], "critical: 2 of 2 circuits are open (c0, c1), health 0 %"),
        ] {
            assert_eq!(health(states).to_string(), format!("{start} {made_of}"));
        }
    }

    #[test]
    fn states_entered_by_hand_count_by_whether_calls_pass() {
        use CircuitState::{Disabled, ForcedOpen, MetricsOnly};
        let health = health(&[ForcedOpen, Disabled, MetricsOnly]);
        assert_eq!(health.circuits_by_state, CircuitsByState { closed: 2, open: 1, half_open: 0 });
        assert_eq!(health.open_circuits, ["c0"]);
        assert_eq!(health.status, "degraded");
    }
}
