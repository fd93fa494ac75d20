//! What people and exporters read of the machine.

use std::time::Duration;

use super::config::Config;
use super::machine::Machine;
use crate::core::clock::Instant;
use crate::core::state::CircuitState;
use crate::core::window::Tally;

/// A reading of the machine.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) state: CircuitState,
    pub(crate) failure_count: u32,
    pub(crate) tally: Tally,
    pub(crate) success_count: u32,
    pub(crate) opened_at: Option<Instant>,
    pub(crate) last_failure: Option<Instant>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) seconds_in: [f64; CircuitState::ALL.len()],
}

impl Machine {
    /// What people and exporters read. It changes nothing: what has left a window by now is only let go of.
    pub(crate) fn view(&mut self, config: &Config, now: Instant) -> View {
        let state = self.state_at(now);
        let (failure_count, tally) = match (state, self.tripped) {
            (CircuitState::Open, Some(tripped)) => tripped,
            (CircuitState::HalfOpen, _) => (self.probes.failures(), self.evidence.tally(now)),
            _ => (self.evidence.failure_count(config, now), self.evidence.tally(now)),
        };
        View {
            state,
            failure_count,
            tally,
            success_count: self.probes.successes(),
            opened_at: self.opened_at,
            last_failure: self.last_failure,
            retry_after: self.retry_after(now),
            seconds_in: self.time_in(now).map(|time| time.as_secs_f64()),
        }
    }
}
