//! What the registry says, as the report needs it.

use resilience::{CircuitState, Snapshot};

/// The numbers of every policy at one moment.
pub struct Reading {
    pub policies: Snapshot,
    pub retries: u64,
    pub rejected: u64,
    pub fallbacks: u64,
}

impl Reading {
    pub fn take() -> Self {
        let policies = resilience::registry().snapshot();
        Self {
            retries: policies.retries.values().map(|retry| retry.retries).sum(),
            rejected: policies.circuit_breakers.values().map(|breaker| breaker.rejected).sum(),
            fallbacks: policies.fallbacks.values().map(|fallback| fallback.successes).sum(),
            policies,
        }
    }

    /// The state of a breaker, or of the worst of a family: `closed`, `OPEN`, `lyon OPEN`.
    pub fn state_of(&self, name: &str) -> String {
        let of_family = |full: &str| full.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']').map(str::to_owned);
        let not_closed = self.policies.circuit_breakers.iter().find_map(|(full, breaker)| {
            let key = if full == name { String::new() } else { of_family(full)? + " " };
            (breaker.state != CircuitState::Closed).then(|| key + word(breaker.state))
        });
        not_closed.unwrap_or_else(|| word(CircuitState::Closed).to_owned())
    }
}

/// A state in at most six letters; what is wrong stands out.
fn word(state: CircuitState) -> &'static str {
    match state {
        CircuitState::Open | CircuitState::ForcedOpen => "OPEN",
        CircuitState::HalfOpen => "probe",
        _ => "closed",
    }
}
