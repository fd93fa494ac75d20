//! The seam between policies and whoever watches: log events and the fan-out of the registry.

#[cfg(test)]
pub(crate) mod warnings;

use once_cell::sync::OnceCell;
use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};

use crate::core::clock::{self, Instant};
use crate::core::event::{Bus, Event, EventKind, Line};
use crate::core::kind::PolicyKind;
use crate::core::name::Name;
use crate::core::opening::Opening;
use crate::core::state::CircuitState;
use crate::core::sync::Arc;

/// How a policy speaks. It logs from the start; it is heard by subscribers once it is registered.
#[derive(Debug)]
pub(crate) struct Observer {
    policy: PolicyKind,
    name: Name,
    /// Shared with the members of a family: those that were made before it was registered are heard as well.
    line: Arc<OnceCell<Line>>,
}

impl Observer {
    pub(crate) fn new(policy: PolicyKind, name: Name) -> Self {
        Self { policy, name, line: Arc::default() }
    }

    pub(crate) const fn name(&self) -> &Name {
        &self.name
    }

    /// Connects to the registry's subscribers. The first registry stays.
    pub(crate) fn attach(&self, bus: &Arc<Bus>) {
        self.line.get_or_init(|| bus.line());
    }

    /// The voice of a member of this family.
    pub(crate) fn member(&self, name: Name) -> Self {
        Self { policy: self.policy, name, line: Arc::clone(&self.line) }
    }

    pub(crate) fn emit(&self, kind: EventKind) {
        self.send(kind, None, None);
    }

    /// Emits what happened to a circuit breaker `at` some moment, and by what it opened.
    pub(crate) fn emit_opening(&self, kind: EventKind, opening: Option<Arc<Opening>>, at: Instant) {
        self.send(kind, opening, Some(at));
    }

    fn send(&self, kind: EventKind, opening: Option<Arc<Opening>>, at: Option<Instant>) {
        log(self.policy, &self.name, &kind, opening.as_deref());
        if let Some(bus) = self.line.get().and_then(Line::bus_with_readers) {
            let at = clock::wall(at.unwrap_or_else(clock::now));
            bus.send(Event { name: self.name.clone(), policy: self.policy, kind, at, opening });
        }
    }

    /// Emits an event of level DEBUG that costs something to describe: `kind` is asked only when someone listens.
    #[inline]
    pub(crate) fn emit_debug(&self, kind: impl FnOnce() -> EventKind) {
        if self.has_readers() || is_debugged() {
            self.emit_if_asked(kind);
        }
    }

    // Out of line: who asks the log takes registers that the caller then has to save, also where nobody listens.
    #[cold]
    #[inline(never)]
    fn emit_if_asked(&self, kind: impl FnOnce() -> EventKind) {
        if self.has_readers() || tracing::enabled!(target: "resilience", tracing::Level::DEBUG) {
            self.emit(kind());
        }
    }

    #[inline]
    fn has_readers(&self) -> bool {
        self.line.get().is_some_and(Line::has_readers)
    }
}

/// Whether any log at all is that detailed.
#[inline]
fn is_debugged() -> bool {
    tracing::Level::DEBUG <= STATIC_MAX_LEVEL && tracing::Level::DEBUG <= LevelFilter::current()
}

/// Writes the event to the log, with target `resilience`.
fn log(policy: PolicyKind, name: &Name, kind: &EventKind, opening: Option<&Opening>) {
    let (policy, name) = (policy.as_str(), name.as_str());
    match kind {
        EventKind::StateChanged { from, to: to @ (CircuitState::Open | CircuitState::ForcedOpen) } => {
            let reason = opening.map(|opening| tracing::field::display(opening.reason));
            let error = opening.and_then(Opening::error);
            tracing::warn!(target: "resilience", policy, name, from = from.as_str(), to = to.as_str(), reason, error, "circuit breaker opened");
        }
        EventKind::StateChanged { from, to } => {
            tracing::info!(target: "resilience", policy, name, from = from.as_str(), to = to.as_str(), "circuit breaker changed state");
        }
        EventKind::WouldOpen { reason } => {
            tracing::warn!(target: "resilience", policy, name, %reason, "circuit breaker would open");
        }
        EventKind::Retried { attempt, delay, error } => {
            tracing::debug!(target: "resilience", policy, name, attempt, ?delay, error, "retrying");
        }
        EventKind::Refused { retry_after } => {
            tracing::debug!(target: "resilience", policy, name, ?retry_after, "refused");
        }
        EventKind::TimedOut { limit, left } => {
            tracing::debug!(target: "resilience", policy, name, ?limit, ?left, "timed out")
        }
        EventKind::FellBack { ok } => {
            tracing::debug!(target: "resilience", policy, name, ok, "fell back")
        }
        EventKind::Conflict { origin } => {
            tracing::warn!(target: "resilience", policy, name, origin = origin.as_str(), "conflicting options are ignored: the policy is already registered with others");
        }
    }
}
