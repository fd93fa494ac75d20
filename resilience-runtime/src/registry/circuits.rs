//! What counts as a circuit: a breaker, or a whole family of breakers.

use serde::Serialize;

use super::{CircuitsByState, Registry};
use crate::core::state::CircuitState;
use crate::policies::circuit_breaker::{CircuitBreaker, KeyedCircuitBreaker};

/// How many keys of a keyed breaker are in which state, as [`CircuitsByState`] counts them.
///
/// Counted are the keys in use: those that were called within the last ten minutes, refuse calls still, or were set by
/// hand. The keyed breaker as a whole is open when more than half of them are open, half-open when more than half are
/// open or half-open, and closed otherwise, without any key too. So keys that somebody makes up, which are closed or
/// all fail alike, weigh no more than one circuit in the health of a service.
///
/// ```
/// use resilience::{CircuitBreaker, HealthStatus, KeyedCircuitBreaker, Registry};
///
/// let registry = Registry::new();
/// let tenants = registry.register(KeyedCircuitBreaker::new(CircuitBreaker::builder("tenant"), 100)?);
/// tenants.get("one").force_open();
/// let _ = (tenants.get("two"), tenants.get("three"));
///
/// let health = registry.health();
/// assert_eq!((health.status, health.total_circuits), (HealthStatus::Healthy, 1));
/// assert_eq!((health.keys["tenant"].open, health.keys["tenant"].total), (1, 3));
///
/// tenants.get("two").force_open();
/// assert_eq!(registry.health().open_circuits, ["tenant"]);
/// assert_eq!(
///     serde_json::to_string(&registry.summary()[0].keys).unwrap(),
///     r#"{"total":3,"closed":1,"open":2,"half_open":0}"#
/// );
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KeysByState {
    /// The keys in use.
    pub total: usize,
    /// Calls pass.
    pub closed: usize,
    /// Calls are refused.
    pub open: usize,
    /// Probes pass.
    pub half_open: usize,
}

impl KeysByState {
    pub(super) fn of(states: impl Iterator<Item = CircuitState>) -> Self {
        let mut keys = CircuitsByState::default();
        states.for_each(|state| keys.add(state));
        let CircuitsByState { closed, open, half_open } = keys;
        Self { total: closed + open + half_open, closed, open, half_open }
    }

    /// The state of the whole family.
    pub(super) fn state(self) -> CircuitState {
        let is_most = |keys: usize| keys > self.total / 2;
        if is_most(self.open) {
            CircuitState::Open
        } else if is_most(self.open + self.half_open) {
            CircuitState::HalfOpen
        } else {
            CircuitState::Closed
        }
    }
}

pub(super) enum Circuit {
    Single(CircuitBreaker),
    Family(KeyedCircuitBreaker),
}

impl Circuit {
    fn name(&self) -> &str {
        match self {
            Self::Single(breaker) => breaker.name(),
            Self::Family(family) => family.name(),
        }
    }
}

/// How a circuit is doing.
pub(super) struct Reading {
    pub(super) name: String,
    pub(super) state: CircuitState,
    /// Of a family.
    pub(super) keys: Option<KeysByState>,
}

impl Reading {
    pub(super) fn of(circuit: &Circuit) -> Self {
        let (state, keys) = match circuit {
            Circuit::Single(breaker) => (breaker.state(), None),
            Circuit::Family(family) => {
                let keys = KeysByState::of(family.instances().iter().map(CircuitBreaker::state));
                (keys.state(), Some(keys))
            }
        };
        Self { name: circuit.name().to_owned(), state, keys }
    }
}

impl Registry {
    /// Every circuit, by name.
    pub(super) fn circuits(&self) -> Vec<Circuit> {
        let singles = self.single_circuit_breakers().into_iter().map(Circuit::Single);
        let families = self.keyed_circuit_breakers().into_iter().map(Circuit::Family);
        let mut circuits: Vec<_> = singles.chain(families).collect();
        circuits.sort_by(|one, other| one.name().cmp(other.name()));
        circuits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_in_the_state_of_more_than_half_of_its_keys() {
        use CircuitState::{Closed, Disabled, ForcedOpen, HalfOpen, MetricsOnly, Open};
        for (keys, state) in [
            (&[][..], Closed),
            (&[Open], Open),
            (&[HalfOpen], HalfOpen),
            (&[Open, Closed], Closed),
            (&[Open, HalfOpen], HalfOpen),
            (&[Open, HalfOpen, Closed], HalfOpen),
            (&[Open, ForcedOpen, Closed], Open),
            (&[Open, Disabled, MetricsOnly], Closed),
        ] {
            assert_eq!(KeysByState::of(keys.iter().copied()).state(), state, "{keys:?}");
        }
    }
}
