//! Circuit breakers: stop calling what keeps failing, and find out cheaply when it works again.
//!
//! A breaker counts the calls that pass. When a rule trips it opens and refuses calls at once, which spares both the
//! caller and the dependency. After the recovery timeout a few probes pass; if they succeed the breaker closes.
//!
//! Rules (any of them opens): consecutive failures or failures within a time; failure rate; share of slow calls; mean
//! latency. Every transition empties the window and starts a generation: the result of a call that was admitted
//! earlier changes nothing any more. A probe that never reports (dropped, or running longer than the recovery timeout)
//! frees its place.
//!
//! A call that is dropped by its caller is *abandoned*, neither success nor failure; one that is dropped because a
//! timeout of this crate passed is a failure; a panic is a failure and goes on unwinding.
//!
//! | event | when |
//! |---|---|
//! | `StateChanged` | on every transition |
//! | `Refused` | a call was refused |
//!
//! Source of the pattern: M. Nygard, *Release It!*; the rules are those of resilience4j and Polly.
//!
//! ```
//! use resilience_runtime::{CircuitBreaker, CircuitState, Error};
//!
//! let breaker = CircuitBreaker::builder("jira_api").failure_threshold(2).build()?;
//! for _ in 0..2 {
//!     let _ = breaker.call(|| Err::<(), _>(std::io::Error::other("down")));
//! }
//! assert_eq!(breaker.state(), CircuitState::Open);
//! # Ok::<(), resilience_runtime::ConfigError>(())
//! ```

mod call;
mod config;
mod keyed;
mod machine;
mod permit;
mod stats;
#[cfg(test)]
mod tests;

use std::fmt;

pub(crate) use config::Config;
pub use config::{CircuitBreakerBuilder, DEFAULT_FAILURE_THRESHOLD, DEFAULT_RECOVERY_TIMEOUT, DEFAULT_WINDOW};
pub use keyed::{DEFAULT_MAX_KEYS, KeyedCircuitBreaker};
pub use permit::Permit;
pub(crate) use stats::BreakerTotals;
pub use stats::CircuitBreakerStats;

use crate::clock::{self, Instant};
use crate::event::EventKind;
use crate::kind::PolicyKind;
use crate::name::Name;
use crate::observe::Observer;
use crate::outcome::Verdict;
use crate::policy::Policy;
use crate::state::CircuitState;
use crate::sync::{Arc, AtomicU64, Mutex, Ordering};
pub use crate::window::Window;
use machine::{Machine, Ticket, Transition, View};
use stats::Counters;

/// A circuit breaker. Clones share one state.
#[derive(Clone)]
pub struct CircuitBreaker(Arc<Core>);

struct Core {
    config: Config,
    observer: Observer,
    machine: Mutex<Machine>,
    /// The generation while calls pass unconditionally, [`GUARDED`] while the machine must be asked: a closed breaker
    /// admits without its lock.
    open_gate: AtomicU64,
    counters: Counters,
    /// The counts of the family that a keyed breaker belongs to; they outlive it.
    family: Option<Arc<Counters>>,
}

const GUARDED: u64 = u64::MAX;

impl CircuitBreaker {
    /// A builder with the defaults.
    pub fn builder(name: impl Into<Name>) -> CircuitBreakerBuilder {
        CircuitBreakerBuilder::new(name.into())
    }

    fn new(name: Name, config: Config) -> Self {
        Self::with(Observer::new(PolicyKind::CircuitBreaker, name), config, None)
    }

    fn with(observer: Observer, config: Config, family: Option<Arc<Counters>>) -> Self {
        let machine = Machine::new(&config, clock::now());
        let open_gate = AtomicU64::new(machine.generation());
        Self(Arc::new(Core {
            observer,
            family,
            machine: Mutex::new(machine),
            open_gate,
            counters: Counters::default(),
            config,
        }))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.observer.name().as_str()
    }

    /// The state now. An open breaker whose recovery timeout has passed is half-open.
    #[must_use]
    pub fn state(&self) -> CircuitState {
        self.look(|machine, _| machine.state())
    }

    /// A reading of all counts.
    #[must_use]
    pub fn stats(&self) -> CircuitBreakerStats {
        let view = self.view();
        self.0.counters.stats(&self.0.config, &view)
    }

    pub(crate) fn totals(&self) -> BreakerTotals {
        let view = self.view();
        self.0.counters.totals(Some(&view))
    }

    /// Refuses every call until [`force_closed`](Self::force_closed) or [`reset`](Self::reset).
    pub fn force_open(&self) {
        self.force(CircuitState::ForcedOpen);
    }

    /// Closes the breaker, whatever its state, with an empty window. It goes on working by its rules.
    pub fn force_closed(&self) {
        self.force(CircuitState::Closed);
    }

    /// Passes every call and records nothing until [`force_closed`](Self::force_closed) or [`reset`](Self::reset).
    pub fn disable(&self) {
        self.force(CircuitState::Disabled);
    }

    /// Passes and records every call and never opens: a dry run of the rules.
    pub fn metrics_only(&self) {
        self.force(CircuitState::MetricsOnly);
    }

    /// Back to the start: closed, with an empty window and the initial recovery timeout. The lifetime counts stay, as
    /// counters that exporters have seen must not go back.
    pub fn reset(&self) {
        self.force(CircuitState::Closed);
    }

    fn force(&self, to: CircuitState) {
        let now = clock::now();
        self.step(|machine, config| ((), Some(machine.force(config, to, now))));
    }

    fn view(&self) -> View {
        let now = clock::now();
        let config = &self.0.config;
        self.look(|machine, _| machine.view(config, now))
    }

    /// Reads the machine after letting time pass.
    fn look<T>(&self, read: impl FnOnce(&mut Machine, Instant) -> T) -> T {
        let now = clock::now();
        self.step(|machine, _| {
            let transition = machine.tick(now);
            (read(machine, now), transition)
        })
    }

    /// One step of the machine under its lock; what it caused is told after the lock is released.
    fn step<T>(&self, step: impl FnOnce(&mut Machine, &Config) -> (T, Option<Transition>)) -> T {
        let core = &*self.0;
        let mut machine = core.machine.lock();
        let (result, transition) = step(&mut machine, &core.config);
        if transition.is_some() {
            let gate = match machine.state() {
                CircuitState::Closed | CircuitState::MetricsOnly => machine.generation(),
                _ => GUARDED,
            };
            // Release: a caller that reads the new gate must not see an older machine.
            core.open_gate.store(gate, Ordering::Release);
        }
        drop(machine);
        if let Some(change @ Transition { from, to, .. }) = transition.filter(|change| change.from != change.to) {
            self.count(|counters| counters.changed(change));
            core.observer.emit(EventKind::StateChanged { from, to });
        }
        result
    }

    fn count(&self, count: impl Fn(&Counters)) {
        count(&self.0.counters);
        if let Some(family) = &self.0.family {
            count(family);
        }
    }

    fn record(&self, ticket: Ticket, verdict: Verdict, started: Instant) {
        let now = clock::now();
        let latency = now.since(started);
        let slow = self.0.config.slow_call_duration.is_some_and(|limit| latency >= limit);
        self.count(|counters| counters.done(verdict, slow));
        self.step(|machine, config| ((), machine.record(config, now, ticket, verdict, latency)));
    }

    fn abandon(&self, ticket: Ticket) {
        self.count(Counters::abandoned);
        if ticket.probe.is_some() {
            self.step(|machine, _| (machine.abandon(ticket), None));
        }
    }
}

impl Policy for CircuitBreaker {
    type Config = Config;
    const KIND: PolicyKind = PolicyKind::CircuitBreaker;

    fn observer(&self) -> &Observer {
        &self.0.observer
    }

    fn config(&self) -> &Config {
        &self.0.config
    }
}

impl fmt::Debug for CircuitBreaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreaker").field("name", &self.name()).field("state", &self.state()).finish()
    }
}
