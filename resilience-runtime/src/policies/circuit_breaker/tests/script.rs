//! A machine that tests call step by step.

use std::time::Duration;

use super::super::builder::CircuitBreakerBuilder;
use super::super::config::Config;
use super::super::machine::{Admission, Machine, Ticket};
use super::super::reason::Effect;
use crate::core::clock::Instant;
use crate::core::outcome::Verdict;
use crate::core::state::CircuitState;

pub(super) const SECOND: Duration = Duration::from_secs(1);

/// A machine with its configuration and its own time.
pub(super) struct Script {
    pub(super) config: Config,
    pub(super) machine: Machine,
    pub(super) now: Instant,
}

impl Script {
    pub(super) fn new(build: impl FnOnce(CircuitBreakerBuilder) -> CircuitBreakerBuilder) -> Self {
        let (_, config, wrong) = build(CircuitBreakerBuilder::new("script".into())).checked();
        assert_eq!(wrong, None);
        let now = Instant::from_nanos(1_000_000_000_000);
        Self { machine: Machine::new(&config, now), config, now }
    }

    pub(super) fn pass(&mut self, by: Duration) -> &mut Self {
        self.now = self.now.saturating_add(by);
        self
    }

    pub(super) fn ask(&mut self) -> Admission {
        self.machine.admit(&self.config, self.now, &[]).0
    }

    pub(super) fn ticket(&mut self) -> Ticket {
        match self.ask() {
            Admission::Pass(ticket) => ticket,
            Admission::Refuse { .. } | Admission::Inside => panic!("refused in state {}", self.machine.state()),
        }
    }

    pub(super) fn report(&mut self, ticket: Ticket, verdict: Verdict, latency: Duration) -> &mut Self {
        self.machine.record(&self.config, self.now, ticket, verdict, Some(latency));
        self
    }

    pub(super) fn give_up(&mut self, ticket: Ticket, latency: Duration) -> &mut Self {
        self.machine.cancel(&self.config, self.now, ticket, Some(latency));
        self
    }

    pub(super) fn call(&mut self, verdict: Verdict, latency: Duration) -> &mut Self {
        let ticket = self.ticket();
        self.report(ticket, verdict, latency)
    }

    pub(super) fn ok(&mut self) -> &mut Self {
        self.call(Verdict::Success, Duration::ZERO)
    }

    pub(super) fn fail(&mut self) -> &mut Self {
        self.call(Verdict::Failure, Duration::ZERO)
    }

    pub(super) fn state(&self) -> CircuitState {
        self.machine.state_at(self.now)
    }

    pub(super) fn told(&mut self, verdict: Verdict, latency: Duration) -> Option<Effect> {
        let ticket = self.ticket();
        self.machine.record(&self.config, self.now, ticket, verdict, Some(latency))
    }
}

pub(super) fn opened(build: impl FnOnce(CircuitBreakerBuilder) -> CircuitBreakerBuilder) -> Script {
    let mut script = Script::new(|builder| build(builder.failure_threshold(1)));
    assert_eq!(script.fail().state(), CircuitState::Open);
    script
}
