//! Policies leave: those whose names are made at run time must not stay for ever.

use super::Registry;
use super::shelf::Shelf;
use crate::core::kind::PolicyKind;
use crate::policies::budget::Budget;
use crate::policies::circuit_breaker::{CircuitBreaker, KeyedCircuitBreaker};
use crate::policies::fallback::Fallback;
use crate::policies::retry::Retry;
use crate::policies::timeout::Timeout;

impl Registry {
    /// Lets go of every policy that is not to `keep`, which is asked by kind and name.
    ///
    /// For policies whose names are made at run time, one per connection or customer: the registry keeps what is
    /// registered until it is told otherwise. A keyed breaker is asked about as a whole, a retry budget as
    /// [`PolicyKind::Retry`]. `keep` may use the registry.
    ///
    /// What is let go of is not found, listed or published any more, and the [conflicts](Self::validate) about it are
    /// forgotten. It goes on working, with its state, for whoever holds it: a value in a variable, an annotated function
    /// that was called before, a retry that draws on a budget. Subscribers hear of it still. When the last handle is
    /// dropped, its memory is free.
    ///
    /// A name that was let go of is free: who registers it next starts with a new policy, with its own options and its
    /// counts at zero. An annotated function that was never called brings its policy back with its first call, and no
    /// longer shares it with functions that were called before: names in attributes are better left alone.
    ///
    /// A recorder of [metrics](crate::metrics) keeps the rows that it was given. At the next publication their gauges are
    /// set to 0, those that can be NaN to NaN. Their counters stand still, and as they never go back, those of a new
    /// policy of the same name show once they exceed what the old one had reached. Most exporters can drop rows that are
    /// idle.
    ///
    /// ```
    /// use resilience::{CircuitBreaker, PolicyKind, Registry, Retry};
    ///
    /// let registry = Registry::new();
    /// registry.register(Retry::builder("shop").build()?);
    /// for connection in 0..1000 {
    ///     registry.register(CircuitBreaker::builder(format!("connection-{connection}")).build()?);
    /// }
    ///
    /// registry.retain(|kind, name| kind != PolicyKind::CircuitBreaker || name == "connection-7");
    /// assert_eq!((registry.circuit_breakers().len(), registry.retries().len()), (1, 1));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn retain(&self, mut keep: impl FnMut(PolicyKind, &str) -> bool) {
        let shelves = self.read();
        self.retain_on(&shelves.circuit_breakers, PolicyKind::CircuitBreaker, &mut keep);
        self.retain_on(&shelves.keyed_circuit_breakers, PolicyKind::CircuitBreaker, &mut keep);
        self.retain_on(&shelves.retries, PolicyKind::Retry, &mut keep);
        self.retain_on(&shelves.timeouts, PolicyKind::Timeout, &mut keep);
        self.retain_on(&shelves.fallbacks, PolicyKind::Fallback, &mut keep);
        self.retain_on(&shelves.budgets, PolicyKind::Retry, &mut keep);
    }

    /// Lets go of the circuit breaker called `name`, as [`retain`](Self::retain) describes, and returns it. Of a keyed
    /// breaker, `name[key]` is one key, which is then [forgotten](KeyedCircuitBreaker::remove).
    ///
    /// ```
    /// use resilience::{CircuitBreaker, KeyedCircuitBreaker, Registry};
    ///
    /// let registry = Registry::new();
    /// registry.register(CircuitBreaker::builder("jira_api").build()?).force_open();
    ///
    /// let removed = registry.remove_circuit_breaker("jira_api").unwrap();
    /// assert_eq!(removed.state().as_str(), "forced_open");
    /// assert!(registry.circuit_breaker("jira_api").is_none() && registry.remove_circuit_breaker("jira_api").is_none());
    ///
    /// let renewed = registry.register(CircuitBreaker::builder("jira_api").build()?);
    /// assert_eq!(renewed.state().as_str(), "closed");
    ///
    /// let tenants = registry.register(KeyedCircuitBreaker::new(CircuitBreaker::builder("tenant"), 100)?);
    /// tenants.get("a").force_open();
    /// assert!(registry.remove_circuit_breaker("tenant[a]").is_some() && tenants.is_empty());
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn remove_circuit_breaker(&self, name: &str) -> Option<CircuitBreaker> {
        let shelves = self.read();
        self.take(&shelves.circuit_breakers, PolicyKind::CircuitBreaker, name)
            .or_else(|| shelves.keyed_circuit_breakers.all().iter().find_map(|family| family.remove_named(name)))
    }

    /// Lets go of the family of circuit breakers called `name`, as [`retain`](Self::retain) describes, and returns it.
    ///
    /// ```
    /// use resilience::{CircuitBreaker, KeyedCircuitBreaker, Registry};
    ///
    /// let registry = Registry::new();
    /// registry.register(KeyedCircuitBreaker::new(CircuitBreaker::builder("tenant"), 100)?);
    /// assert!(registry.remove_keyed_circuit_breaker("tenant").is_some());
    /// assert!(registry.keyed_circuit_breakers().is_empty());
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn remove_keyed_circuit_breaker(&self, name: &str) -> Option<KeyedCircuitBreaker> {
        self.take(&self.read().keyed_circuit_breakers, PolicyKind::CircuitBreaker, name)
    }

    /// Lets go of the retry called `name`, as [`retain`](Self::retain) describes, and returns it. Its budget stays.
    ///
    /// ```
    /// use resilience::{Registry, Retry};
    ///
    /// let registry = Registry::new();
    /// registry.register(Retry::builder("search").budget("shop").build()?);
    /// let retry = registry.remove_retry("search").unwrap();
    /// assert!(registry.retry("search").is_none() && registry.budget("shop").is_some());
    /// assert_eq!(retry.call(|| Ok::<_, ()>(3)), Ok(3));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn remove_retry(&self, name: &str) -> Option<Retry> {
        self.take(&self.read().retries, PolicyKind::Retry, name)
    }

    /// Lets go of the timeout called `name`, as [`retain`](Self::retain) describes, and returns it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::{Registry, Timeout};
    ///
    /// let registry = Registry::new();
    /// registry.register(Timeout::builder("search").duration(Duration::from_secs(2)).build()?);
    /// assert!(registry.remove_timeout("search").is_some() && registry.timeouts().is_empty());
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn remove_timeout(&self, name: &str) -> Option<Timeout> {
        self.take(&self.read().timeouts, PolicyKind::Timeout, name)
    }

    /// Lets go of the fallback called `name`, as [`retain`](Self::retain) describes, and returns it.
    ///
    /// ```
    /// use resilience::{Fallback, Registry};
    ///
    /// let registry = Registry::new();
    /// registry.register(Fallback::new("page"));
    /// assert!(registry.remove_fallback("page").is_some() && registry.fallbacks().is_empty());
    /// ```
    pub fn remove_fallback(&self, name: &str) -> Option<Fallback> {
        self.take(&self.read().fallbacks, PolicyKind::Fallback, name)
    }

    /// Lets go of the retry budget called `name`, as [`retain`](Self::retain) describes, and returns it. Retries that draw
    /// on it go on doing so; the next one that names it begins a new one.
    ///
    /// ```
    /// use resilience::{Budget, Registry};
    ///
    /// let registry = Registry::new();
    /// registry.register(Budget::builder("shop").build()?);
    /// assert!(registry.remove_budget("shop").is_some() && registry.budgets().is_empty());
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn remove_budget(&self, name: &str) -> Option<Budget> {
        self.take(&self.read().budgets, PolicyKind::Retry, name)
    }

    fn retain_on<P: Clone>(&self, shelf: &Shelf<P>, kind: PolicyKind, keep: &mut impl FnMut(PolicyKind, &str) -> bool) {
        // The answers are the user's code, which runs under no lock.
        for name in shelf.names() {
            if !keep(kind, name.as_str()) {
                self.take(shelf, kind, name.as_str());
            }
        }
    }

    fn take<P: Clone>(&self, shelf: &Shelf<P>, kind: PolicyKind, name: &str) -> Option<P> {
        let policy = shelf.remove(name)?;
        self.0.conflicts.lock().forget(kind, name);
        Some(policy)
    }
}
