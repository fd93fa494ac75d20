//! The seam between policies and whoever watches: log events and the fan-out of the registry.

use once_cell::sync::OnceCell;

use crate::clock::{self, Instant};
use crate::event::{Bus, Event, EventKind};
use crate::kind::PolicyKind;
use crate::name::Name;
use crate::state::CircuitState;
use crate::sync::Arc;

/// How a policy speaks. It logs from the start; it is heard by subscribers once it is registered.
#[derive(Debug)]
pub(crate) struct Observer {
    policy: PolicyKind,
    name: Name,
    bus: OnceCell<Arc<Bus>>,
}

impl Observer {
    pub(crate) const fn new(policy: PolicyKind, name: Name) -> Self {
        Self { policy, name, bus: OnceCell::new() }
    }

    pub(crate) const fn name(&self) -> &Name {
        &self.name
    }

    /// Connects to the registry's subscribers. The first registry stays.
    pub(crate) fn attach(&self, bus: &Arc<Bus>) {
        self.bus.get_or_init(|| Arc::clone(bus));
    }

    /// The voice of a member of this family.
    pub(crate) fn member(&self, name: Name) -> Self {
        Self { policy: self.policy, name, bus: self.bus.clone() }
    }

    pub(crate) fn emit(&self, kind: EventKind) {
        self.emit_at(kind, None);
    }

    /// Emits what happened `at` some moment, by default now.
    pub(crate) fn emit_at(&self, kind: EventKind, at: impl Into<Option<Instant>>) {
        log(self.policy, &self.name, &kind);
        if let Some(bus) = self.readers() {
            let at = clock::wall(at.into().unwrap_or_else(clock::now));
            bus.send(Event { name: self.name.clone(), policy: self.policy, kind, at });
        }
    }

    /// Emits an event of level DEBUG that costs something to describe: `kind` is asked only when someone listens.
    pub(crate) fn emit_debug(&self, kind: impl FnOnce() -> EventKind) {
        if self.readers().is_some() || tracing::enabled!(target: "resilience", tracing::Level::DEBUG) {
            self.emit(kind());
        }
    }

    fn readers(&self) -> Option<&Arc<Bus>> {
        self.bus.get().filter(|bus| bus.has_readers())
    }
}

/// Writes the event to the log, with target `resilience`.
fn log(policy: PolicyKind, name: &Name, kind: &EventKind) {
    let (policy, name) = (policy.as_str(), name.as_str());
    match kind {
        EventKind::StateChanged { from, to: to @ (CircuitState::Open | CircuitState::ForcedOpen) } => {
            tracing::warn!(target: "resilience", policy, name, from = from.as_str(), to = to.as_str(), "circuit breaker opened");
        }
        EventKind::StateChanged { from, to } => {
            tracing::info!(target: "resilience", policy, name, from = from.as_str(), to = to.as_str(), "circuit breaker changed state");
        }
        EventKind::Retried { attempt, delay, error } => {
            tracing::debug!(target: "resilience", policy, name, attempt, ?delay, error, "retrying");
        }
        EventKind::Refused { retry_after } => {
            tracing::debug!(target: "resilience", policy, name, ?retry_after, "refused");
        }
        EventKind::TimedOut { limit } => {
            tracing::debug!(target: "resilience", policy, name, ?limit, "timed out")
        }
        EventKind::FellBack { ok } => {
            tracing::debug!(target: "resilience", policy, name, ok, "fell back")
        }
        EventKind::Conflict { origin } => {
            tracing::warn!(target: "resilience", policy, name, origin = origin.as_str(), "conflicting options are ignored: the policy is already registered with others");
        }
    }
}
