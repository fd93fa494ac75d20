//! Every policy's numbers at one moment.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Registry;
use crate::policies::budget::{Budget, BudgetStats};
use crate::policies::circuit_breaker::{CircuitBreaker, CircuitBreakerStats};
use crate::policies::fallback::{Fallback, FallbackStats};
use crate::policies::retry::{Retry, RetryStats};
use crate::policies::timeout::{Timeout, TimeoutStats};

/// Every policy's numbers, by kind and name: [`Registry::snapshot`].
///
/// Serialises as it is written, for example `{"circuit_breakers": {"jira_api": {"state": "closed", ..}}, ..}`.
///
/// ```
/// use resilience::{CircuitBreaker, Fallback, Registry};
///
/// let registry = Registry::new();
/// registry.register(CircuitBreaker::builder("jira_api").build()?);
/// registry.register(Fallback::new("page"));
///
/// let snapshot = registry.snapshot();
/// assert_eq!(snapshot.fallbacks["page"].successes, 0);
///
/// let json = serde_json::to_value(&snapshot).unwrap();
/// assert_eq!(json["circuit_breakers"]["jira_api"]["state"], "closed");
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// Circuit breakers; that of one key is called `name[key]`.
    pub circuit_breakers: BTreeMap<String, CircuitBreakerStats>,
    /// Retries.
    pub retries: BTreeMap<String, RetryStats>,
    /// Timeouts.
    pub timeouts: BTreeMap<String, TimeoutStats>,
    /// Fallbacks.
    pub fallbacks: BTreeMap<String, FallbackStats>,
    /// Retry budgets that have a name of their own.
    pub budgets: BTreeMap<String, BudgetStats>,
}

impl Registry {
    /// Every policy's numbers. Each policy is read for itself; calls go on meanwhile.
    ///
    /// ```
    /// use resilience::{Registry, Retry};
    ///
    /// let registry = Registry::new();
    /// registry.register(Retry::builder("search").build()?);
    /// assert_eq!(registry.snapshot().retries["search"].calls, 0);
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            circuit_breakers: by_name(&self.circuit_breakers(), CircuitBreaker::name, CircuitBreaker::stats),
            retries: by_name(&self.retries(), Retry::name, Retry::stats),
            timeouts: by_name(&self.timeouts(), Timeout::name, Timeout::stats),
            fallbacks: by_name(&self.fallbacks(), Fallback::name, Fallback::stats),
            budgets: by_name(&self.budgets(), Budget::name, Budget::stats),
        }
    }
}

fn by_name<P, S>(policies: &[P], name: impl Fn(&P) -> &str, stats: impl Fn(&P) -> S) -> BTreeMap<String, S> {
    policies.iter().map(|policy| (name(policy).to_owned(), stats(policy))).collect()
}
