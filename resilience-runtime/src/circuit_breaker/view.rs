//! What people and exporters read of the machine.

use std::time::Duration;

use super::config::Config;
use super::machine::Machine;
use crate::clock::Instant;
use crate::state::CircuitState;
use crate::window::Tally;

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
    /// What people and exporters read.
    pub(crate) fn view(&mut self, config: &Config, now: Instant) -> View {
        let (failure_count, tally) = match self.tripped.filter(|_| self.state == CircuitState::Open) {
            Some(tripped) => tripped,
            None => (self.evidence.failure_count(config, now), self.evidence.tally(now)),
        };
        let mut seconds_in = self.seconds_in;
        seconds_in[self.state as usize] += now.since(self.since);
        View {
            state: self.state,
            failure_count,
            tally,
            success_count: self.probes.successes(),
            opened_at: self.opened_at,
            last_failure: self.last_failure,
            retry_after: self.retry_after(now),
            seconds_in: seconds_in.map(|time| time.as_secs_f64()),
        }
    }
}
