//! Policies by name: what is running in this process, and how it is doing.
//!
//! Call sites find their policy once and never come back; the registry is for people, dashboards and probes. Every kind
//! of policy has names of its own. The first registration of a name stands: whoever comes later with the same name
//! shares it, and whoever comes with other options is a [`Conflict`], which [`Registry::validate`] lists. It stands until
//! [`Registry::retain`], or one of its kin, lets go of it.

mod circuits;
mod conflict;
mod global;
mod health;
pub(crate) mod inventory;
mod register;
mod remove;
mod shelf;
mod site;
mod snapshot;
mod summary;
#[cfg(test)]
mod tests;

use std::fmt;

use once_cell::sync::OnceCell;

pub use circuits::KeysByState;
pub use conflict::{Conflict, Origin};
pub(crate) use global::global;
pub use global::registry;
pub use health::{CircuitsByState, Health, HealthStatus};
pub use register::Registrable;
pub use snapshot::Snapshot;
pub use summary::CircuitSummary;

use crate::core::event::{Bus, Events};
use crate::core::sync::{Arc, Condvar, Mutex};
use crate::function::Function;
use crate::policies::budget::Budget;
use crate::policies::circuit_breaker::{CircuitBreaker, KeyedCircuitBreaker};
use crate::policies::fallback::Fallback;
use crate::policies::retry::Retry;
use crate::policies::timeout::Timeout;
use conflict::Conflicts;
use shelf::Shelf;

/// Policies by name. Cheap to clone; clones are one registry.
///
/// Attributes use the global one, `resilience::registry()`. A registry of one's own is for programmatic policies and
/// for tests that must not see each other.
///
/// ```
/// use resilience::{CircuitBreaker, CircuitState, Registry};
///
/// let registry = Registry::new();
/// registry.register(CircuitBreaker::builder("jira_api").build()?);
///
/// let breaker = registry.circuit_breaker("jira_api").expect("registered above");
/// breaker.force_open();
/// assert_eq!(registry.health().open_circuits, ["jira_api"]);
/// # Ok::<(), resilience::ConfigError>(())
/// ```
///
/// Every kind of policy is found by its name, and listed by name:
///
/// ```
/// use std::time::Duration;
/// use resilience::{Budget, CircuitBreaker, Fallback, KeyedCircuitBreaker, Registry, Retry, Timeout};
///
/// let registry = Registry::new();
/// registry.register(Retry::builder("search").budget("shop").build()?);
/// registry.register(Timeout::builder("search").duration(Duration::from_secs(2)).build()?);
/// registry.register(Fallback::new("search"));
/// let tenants = registry.register(KeyedCircuitBreaker::new(CircuitBreaker::builder("tenant"), 100)?);
/// tenants.get("a").force_open();
///
/// assert_eq!(registry.retry("search").unwrap().budget().map(Budget::name), Some("shop"));
/// assert!(registry.budget("shop").is_some()); // named by the retry
/// assert!(registry.timeout("search").is_some() && registry.fallback("search").is_some());
/// assert_eq!(registry.circuit_breaker("tenant[a]").unwrap().state().as_str(), "forced_open");
/// assert_eq!(registry.keyed_circuit_breaker("tenant").unwrap().len(), 1);
/// assert!(registry.retry("unheard of").is_none());
///
/// assert_eq!(registry.circuit_breakers()[0].name(), "tenant[a]");
/// assert_eq!(registry.keyed_circuit_breakers()[0].name(), "tenant");
/// let (retries, timeouts, fallbacks) = (registry.retries(), registry.timeouts(), registry.fallbacks());
/// assert_eq!([retries.len(), timeouts.len(), fallbacks.len(), registry.budgets().len()], [1; 4]);
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Registry(Arc<Inner>);

struct Inner {
    bus: Arc<Bus>,
    shelves: Shelves,
    conflicts: Mutex<Conflicts>,
    source: Option<Source>,
    materialised: OnceCell<()>,
    /// Whether a thread is reading the inventory right now, and where others wait for it.
    reading: Mutex<bool>,
    was_read: Condvar,
}

/// Lists the functions whose policies belong to a registry. It is asked late, on the first reading.
pub(crate) type Source = fn() -> Vec<&'static Function>;

/// One shelf for each kind of policy.
#[derive(Default)]
struct Shelves {
    circuit_breakers: Shelf<CircuitBreaker>,
    keyed_circuit_breakers: Shelf<KeyedCircuitBreaker>,
    retries: Shelf<Retry>,
    timeouts: Shelf<Timeout>,
    fallbacks: Shelf<Fallback>,
    budgets: Shelf<Budget>,
}

impl Registry {
    /// An empty registry of one's own. No annotated function uses it.
    #[must_use]
    pub fn new() -> Self {
        Self::with(None)
    }

    pub(crate) fn with(source: Option<Source>) -> Self {
        Self(Arc::new(Inner {
            bus: Arc::new(Bus::new()),
            shelves: Shelves::default(),
            conflicts: Mutex::default(),
            source,
            materialised: OnceCell::new(),
            reading: Mutex::new(false),
            was_read: Condvar::new(),
        }))
    }

    /// The functions whose policies belong here.
    pub(crate) fn functions(&self) -> Vec<&'static Function> {
        self.0.source.map(|source| source()).unwrap_or_default()
    }

    /// Gives `policy` its place under its name, and returns the policy that stands there: this one, or the one that
    /// came first. A different configuration under a taken name is a [`Conflict`]: the caller works with the standing
    /// policy, and a WARN and an event say so.
    ///
    /// Registering does not read the annotated functions of the program: options set here, early in `main`, win over
    /// those of the attributes.
    ///
    /// A policy may stand in several registries; the events it emits go to the first one.
    ///
    /// ```
    /// use resilience::{CircuitBreaker, Registry};
    ///
    /// let registry = Registry::new();
    /// registry.register(CircuitBreaker::builder("jira_api").failure_threshold(3).build()?);
    ///
    /// let late = registry.register(CircuitBreaker::builder("jira_api").failure_threshold(9).build()?);
    /// assert_eq!(late.stats().failure_threshold, Some(3));
    /// assert_eq!(registry.validate().len(), 1);
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[track_caller]
    pub fn register<P: Registrable>(&self, policy: P) -> P {
        register::register(self, policy)
    }

    /// The circuit breaker called `name`; that of one key is called `name[key]`.
    ///
    /// ```
    /// use resilience::{CircuitBreaker, Registry};
    ///
    /// let registry = Registry::new();
    /// assert!(registry.circuit_breaker("jira_api").is_none());
    /// registry.register(CircuitBreaker::builder("jira_api").build()?);
    /// assert!(registry.circuit_breaker("jira_api").is_some());
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[must_use]
    pub fn circuit_breaker(&self, name: &str) -> Option<CircuitBreaker> {
        let shelves = self.read();
        shelves.circuit_breakers.get(name).or_else(|| {
            let families = shelves.keyed_circuit_breakers.all();
            let mut candidates = families.iter().filter(|family| {
                name.strip_prefix(family.name()).is_some_and(|key| key.starts_with('[') && key.ends_with(']'))
            });
            candidates.find_map(|family| family.instances().into_iter().find(|breaker| breaker.name() == name))
        })
    }

    /// The family of circuit breakers called `name`: those of `key = ..`.
    #[must_use]
    pub fn keyed_circuit_breaker(&self, name: &str) -> Option<KeyedCircuitBreaker> {
        self.read().keyed_circuit_breakers.get(name)
    }

    /// The retry called `name`.
    #[must_use]
    pub fn retry(&self, name: &str) -> Option<Retry> {
        self.read().retries.get(name)
    }

    /// The timeout called `name`.
    #[must_use]
    pub fn timeout(&self, name: &str) -> Option<Timeout> {
        self.read().timeouts.get(name)
    }

    /// The fallback called `name`.
    #[must_use]
    pub fn fallback(&self, name: &str) -> Option<Fallback> {
        self.read().fallbacks.get(name)
    }

    /// The retry budget called `name`.
    #[must_use]
    pub fn budget(&self, name: &str) -> Option<Budget> {
        self.read().budgets.get(name)
    }

    /// Every circuit breaker, those of the keys in use included, by name.
    #[must_use]
    pub fn circuit_breakers(&self) -> Vec<CircuitBreaker> {
        let shelves = self.read();
        let mut breakers = shelves.circuit_breakers.all();
        breakers.extend(shelves.keyed_circuit_breakers.all().iter().flat_map(KeyedCircuitBreaker::instances));
        breakers.sort_by(|one, other| one.name().cmp(other.name()));
        breakers
    }

    /// Every family of circuit breakers, by name.
    #[must_use]
    pub fn keyed_circuit_breakers(&self) -> Vec<KeyedCircuitBreaker> {
        self.read().keyed_circuit_breakers.all()
    }

    /// The circuit breakers that belong to no family, by name.
    pub(crate) fn single_circuit_breakers(&self) -> Vec<CircuitBreaker> {
        self.read().circuit_breakers.all()
    }

    /// Every retry, by name.
    #[must_use]
    pub fn retries(&self) -> Vec<Retry> {
        self.read().retries.all()
    }

    /// Every timeout, by name.
    #[must_use]
    pub fn timeouts(&self) -> Vec<Timeout> {
        self.read().timeouts.all()
    }

    /// Every fallback, by name.
    #[must_use]
    pub fn fallbacks(&self) -> Vec<Fallback> {
        self.read().fallbacks.all()
    }

    /// Every named retry budget, by name.
    #[must_use]
    pub fn budgets(&self) -> Vec<Budget> {
        self.read().budgets.all()
    }

    /// The events of every policy in this registry, from now on.
    ///
    /// Sending never waits: a subscriber that is more than 1024 events behind loses the oldest and is told how many.
    ///
    /// ```
    /// use resilience::{CircuitBreaker, CircuitState, EventKind, Registry};
    ///
    /// let registry = Registry::new();
    /// let mut events = registry.subscribe();
    /// registry.register(CircuitBreaker::builder("jira_api").build()?).force_open();
    ///
    /// let EventKind::StateChanged { to, .. } = events.try_recv().unwrap().kind() else { unreachable!() };
    /// assert_eq!(to, CircuitState::ForcedOpen);
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[must_use]
    pub fn subscribe(&self) -> Events {
        self.0.bus.subscribe()
    }

    /// Every name that was given two different configurations, in the order in which that was found.
    ///
    /// Annotated functions take part before their first call, so a test can assert that the list is empty:
    ///
    /// ```
    /// assert!(resilience::registry().validate().is_empty());
    /// ```
    #[must_use]
    pub fn validate(&self) -> Vec<Conflict> {
        self.read();
        self.0.conflicts.lock().all()
    }

    /// Tells this registry from others that are alive.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// How many events subscribers have lost.
    pub(crate) fn events_dropped(&self) -> u64 {
        self.0.bus.dropped()
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shelves = &self.0.shelves;
        f.debug_struct("Registry")
            .field("circuit_breakers", &shelves.circuit_breakers)
            .field("keyed_circuit_breakers", &shelves.keyed_circuit_breakers)
            .field("retries", &shelves.retries)
            .field("timeouts", &shelves.timeouts)
            .field("fallbacks", &shelves.fallbacks)
            .field("budgets", &shelves.budgets)
            .finish_non_exhaustive()
    }
}
