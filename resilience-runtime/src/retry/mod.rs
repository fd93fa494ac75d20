//! Retries: try again what failed for a moment.
//!
//! Every failure may be retried unless a predicate says otherwise, up to `max_attempts` calls of the body, with growing
//! random delays between them. A retry keeps the deadline in mind: an attempt that could not start in time is not slept
//! for. A budget bounds retries to a share of calls.
//!
//! A refusal by an inner policy is retried when that can help: a timeout, a full bulkhead, a rate limit after its
//! `retry_after`; an open circuit only with `retry_on_open`.
//!
//! | event | when |
//! |---|---|
//! | `Retried` | before each delay |

mod attempts;
mod call;
mod config;
mod schedule;
mod stats;
#[cfg(test)]
mod tests;

use std::fmt;

pub use attempts::{Attempts, Step};
pub(crate) use config::Config;
pub use config::{
    BudgetRef, DEFAULT_BASE_DELAY, DEFAULT_FACTOR, DEFAULT_MAX_ATTEMPTS, DEFAULT_MAX_DELAY, RetryBuilder, SharedBudget,
};
pub use stats::RetryStats;
pub(crate) use stats::{End, RetryTotals};

pub use crate::backoff::{Jitter, Strategy};
use crate::budget::Budget;
use crate::kind::PolicyKind;
use crate::name::Name;
use crate::observe::Observer;
use crate::policy::Policy;
use crate::sync::Arc;
use stats::Counters;

/// A retry policy. Clones share their counts and their budget.
#[derive(Clone)]
pub struct Retry(Arc<Inner>);

struct Inner {
    config: Config,
    budget: Option<Budget>,
    observer: Observer,
    counters: Arc<Counters>,
}

impl Retry {
    /// A builder with the defaults.
    pub fn builder(name: impl Into<Name>) -> RetryBuilder {
        RetryBuilder::new(name.into())
    }

    fn new(name: Name, config: Config, budget: Option<Budget>) -> Self {
        let observer = Observer::new(PolicyKind::Retry, name);
        Self(Arc::new(Inner { config, budget, observer, counters: Arc::default() }))
    }

    /// The same policy with the options of `builder`, for a call site whose options depend on its arguments. Counts,
    /// budget and name stay.
    #[doc(hidden)]
    #[must_use]
    pub fn configured(&self, builder: RetryBuilder) -> Self {
        let (other, _) = builder.clamped(|name| Budget::builder(name).clamped().0);
        let config = other.0.config.clone();
        let observer = self.0.observer.member(self.0.observer.name().clone());
        let inner = Inner { config, budget: self.0.budget.clone(), observer, counters: Arc::clone(&self.0.counters) };
        Self(Arc::new(inner))
    }

    /// The name of the budget, if it is given by name.
    pub(crate) fn budget_name(&self) -> Option<&Name> {
        match &self.0.config.budget {
            Some(BudgetRef::Named(name)) => Some(name),
            _ => None,
        }
    }

    /// The same policy, paid for by `budget`: its registry has resolved the name.
    pub(crate) fn drawing_on(&self, budget: Budget) -> Self {
        let observer = self.0.observer.member(self.0.observer.name().clone());
        let (config, counters) = (self.0.config.clone(), Arc::clone(&self.0.counters));
        Self(Arc::new(Inner { config, budget: Some(budget), observer, counters }))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.observer.name().as_str()
    }

    /// The budget, if there is one.
    #[must_use]
    pub fn budget(&self) -> Option<&Budget> {
        self.0.budget.as_ref()
    }

    /// A reading of all counts.
    #[must_use]
    pub fn stats(&self) -> RetryStats {
        self.0.counters.stats(self.budget().map(Budget::stats))
    }

    pub(crate) fn totals(&self) -> RetryTotals {
        self.0.counters.totals()
    }
}

impl Policy for Retry {
    type Config = Config;
    const KIND: PolicyKind = PolicyKind::Retry;

    fn observer(&self) -> &Observer {
        &self.0.observer
    }

    fn config(&self) -> &Config {
        &self.0.config
    }
}

impl fmt::Debug for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry").field("name", &self.name()).finish_non_exhaustive()
    }
}
