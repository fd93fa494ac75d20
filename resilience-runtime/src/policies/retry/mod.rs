//! Retries: try again what failed for a moment.
//!
//! Every failure may be retried unless a predicate says otherwise, up to `max_attempts` calls of the body, with growing
//! random delays between them. A retry keeps the deadline in mind: an attempt that could not start in time is not slept
//! for. A budget bounds retries to a share of calls. What comes back is the outcome of the last attempt, unchanged.
//!
//! # Refusals
//!
//! A refusal by an inner policy is retried when that can help: a timeout, a full bulkhead, a rate limit after its
//! `retry_after`; an open circuit only with `retry_on_open`. The attributes and a [`Pipeline`](crate::Pipeline) know a
//! refusal from an error of the body. [`Retry::call`] knows it where the error type shows it, which those of your own
//! cannot:
//!
//! ```
//! use resilience::{CircuitBreaker, Error, Retry};
//!
//! let breaker = CircuitBreaker::builder("jira_api").build()?;
//! breaker.force_open();
//! let retry = Retry::builder("search").max_attempts(5).build()?;
//!
//! let page: Result<u32, Error> = retry.call(|| breaker.call(|| Ok(3)));
//! assert!(matches!(page, Err(Error::CircuitOpen(_))));
//! assert_eq!(breaker.stats().rejected, 1); // and not five times
//! # Ok::<(), resilience::ConfigError>(())
//! ```
//!
//! Before each delay a retry asks, in this order: is an attempt left (`max_attempts`); is the hint no longer than
//! `max_hint`; would the next attempt start within `max_elapsed` and before the [ambient deadline](crate::deadline); does
//! the budget pay. The first no ends the call. After a `before_retry`, which may take its time, it looks at `max_elapsed`
//! and the deadline once more.
//!
//! The delays of async calls are awaited under any executor, with or without a tokio runtime; those of sync calls block
//! the thread. Inside of a task of tokio's that holds up its executor, so the log has one WARN for each retry that does:
//! make the function async, or call it in `tokio::task::spawn_blocking` or `block_in_place`.
//!
//! # Hints
//!
//! A hint is a time that somebody asks to be left alone for: the server, through `retry_after`, or a policy that refuses
//! and knows. It is a lower bound: the delay is the strategy's where that is longer, and else the hint with up to a tenth
//! of it on top, by chance. That holds for every `jitter`, `none` too, which is about the delays of the strategy: whoever
//! asks one caller to come back in 20 s asks them all, and they come back in the course of two seconds.
//!
//! The server knows better than `max_delay`, which does not bound hints. `max_hint` does: a server that asks for more
//! than that gets no further attempt, and the caller gets the last error at once. So it is, too, where the hint leads past
//! `max_elapsed` or the deadline.
//!
//! # Waiting for an open circuit
//!
//! With `retry_on_open` a call waits until the circuit has closed, and is then served:
//!
//! * An open circuit is waited for by its `retry_after`, a hint like any other. That takes an attempt, so that a circuit
//!   which opens again and again is not waited for without end.
//! * A half-open circuit whose probes are out is looked at again, after 10 ms, then after twice that and so on up to 1 s,
//!   each time less up to half, by chance. That takes no attempt: it leads to the same one. So a call is served at most a
//!   second after the circuit has closed, or the tenth of its hint. It looks for `max_hint` in all at the longest.
//! * A circuit that is forced open is not waited for: it stays so until a hand lets go of it.
//! * None of this takes from the budget: the body has not run yet, so that no load is added to anybody's.
//! * `max_elapsed` and the deadline bound the waiting as they bound every other. With `max_attempts = 1` there is none.
//!
//! The breaker lets only its probes through meanwhile, however many wait.
//!
//! # When not to use it
//!
//! * Where running the body twice does harm, such as a payment without an idempotency key. `idempotent = false` retries
//!   only what never ran.
//! * Where the failure stays: a bad request fails again. Say so with `retry_if` or `abort_if`.
//! * At every floor of a stack: three attempts at each of three floors are 27 calls at the bottom. Retry at one floor,
//!   or share a [`Budget`].
//! * Where the dependency is overloaded: retries add load. Put a circuit breaker inside, and a budget on the retry.
//!
//! # Options and defaults
//!
//! | option of `#[retry]`, method of [`RetryBuilder`] | default | meaning |
//! |---|---|---|
//! | `max_attempts` | 3 | calls of the body, the first included; 1 never retries |
//! | `strategy` | exponential | how the delay grows: [`Strategy`] |
//! | `base_delay` | 100 ms, or `max_delay` if that is given and shorter | the delay that the strategy starts from; zero means "at once", whatever the other options say |
//! | `max_delay` | 10 s, or `base_delay` if that is longer | no delay is longer, jitter included; only a hint may be |
//! | `factor` | 2 | growth of the exponential delay |
//! | `jitter` | full | how much of the delay is left to chance: [`Jitter`] |
//! | `max_elapsed` | none | no attempt starts, and no delay is slept, past this time from the first attempt |
//! | `max_hint` | 60 s | a longer [hint](#hints) ends the call |
//! | `budget` | none | retries per call, from 0 to 1, or a budget by name or value |
//! | `idempotent` | true | `false` retries only refusals, where the body never ran; for which of them [`Retry::call`] knows see [refusals](#refusals) |
//! | `retry_on_open` | false | an [open circuit is waited for](#waiting-for-an-open-circuit); in [`Retry::call`] where the error type shows it |
//! | `retry_if`, `abort_if`, `retry_if_result`, `retry_after` | every error, none, none, none | without attributes: [`Retry::call_with`], [`Retry::with`] |
//! | `none_is` | `failure` | what `None` means: `success` returns it at once. Without attributes: [`Lookup`](crate::Lookup) |
//! | a `strategy` that sees the error | none | without attributes: [`Attempts::again_by`] |
//! | `config` | none | of the builder alone: options that several retries share, [`RetryConfig`] |
//! | `before_retry`, `clone(..)` | none | attributes only: without them the closure is called for each attempt |
//!
//! # What can be seen
//!
//! | event | log level | when |
//! |---|---|---|
//! | [`Retried`](crate::EventKind::Retried) | DEBUG | before each delay |
//!
//! | metric | type | labels |
//! |---|---|---|
//! | `resilience_retry_calls_total` | counter | `name`, `retried` = true, false; `result` = success, not_retryable, max_attempts, max_duration, budget_exhausted, cancelled |
//! | `resilience_retry_attempts_total` | counter | `name` |
//! | `resilience_retry_backoff_seconds_total` | counter | `name` |
//! | `resilience_retry_budget_tokens`, `resilience_retry_budget_ratio` | gauge | `name` of the budget |
//!
//! [`Retry::stats`] reads the same counts. The delays are those of the [AWS Architecture Blog, "Exponential Backoff And
//! Jitter"][aws] (Brooker, 2015), capped before they are jittered.
//!
//! [aws]: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use resilience::Retry;
//!
//! let retry = Retry::builder("search").max_attempts(4).base_delay(Duration::from_millis(1)).budget(0.2).build()?;
//!
//! let mut calls = 0;
//! let page = retry.call(|| {
//!     calls += 1;
//!     if calls < 3 { Err("busy") } else { Ok("page") }
//! });
//!
//! assert_eq!((page, calls), (Ok("page"), 3));
//! assert_eq!(retry.stats().successes_with_retry, 1);
//! # Ok::<(), resilience::ConfigError>(())
//! ```

mod attempts;
pub(crate) mod backoff;
mod call;
mod config;
mod course;
mod first;
mod held;
mod judge;
mod look;
mod pause;
mod schedule;
mod shared_config;
mod stats;
#[cfg(test)]
mod tests;
mod warnings;

use std::fmt;

#[doc(hidden)]
pub use attempts::as_configured;
pub use attempts::{Attempts, Step};
pub(crate) use config::Config;
pub use config::{
    BudgetRef, DEFAULT_BASE_DELAY, DEFAULT_FACTOR, DEFAULT_MAX_ATTEMPTS, DEFAULT_MAX_DELAY, DEFAULT_MAX_HINT,
    RetryBuilder, SharedBudget,
};
pub(crate) use course::Course;
pub(crate) use held::Held;
pub(crate) use pause::Wait;
#[doc(hidden)]
pub use pause::{Pause, pause};
pub use shared_config::RetryConfig;
pub use stats::RetryStats;
pub(crate) use stats::{End, FirstTries, RetryTotals};

use crate::core::kind::PolicyKind;
use crate::core::name::Name;
use crate::core::observe::Observer;
use crate::core::policy::Policy;
use crate::core::sync::Arc;
use crate::policies::budget::Budget;
pub use crate::policies::retry::backoff::{Jitter, Strategy, StrategyFunction};
use stats::Counters;
use warnings::Warnings;

/// A retry policy. Clones share their counts and their budget. The rules are on [the module's page](self).
///
/// ```
/// use resilience::Retry;
///
/// let retry = Retry::builder("search").budget(0.1).build()?;
/// assert_eq!(retry.call(|| Some("page")), Some("page"));
///
/// assert_eq!((retry.name(), retry.stats().calls, retry.stats().retries), ("search", 1, 0));
/// assert_eq!(retry.budget().map(|budget| budget.ratio()), Some(0.1));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Retry(Arc<Inner>);

struct Inner {
    config: Config,
    /// Whether nothing is to be done before a first attempt.
    is_plain: bool,
    budget: Option<Budget>,
    observer: Observer,
    counters: Arc<Counters>,
    warnings: Arc<Warnings>,
}

impl Retry {
    /// A builder with the defaults: three attempts, after up to 100 ms and up to 200 ms.
    pub fn builder(name: impl Into<Name>) -> RetryBuilder {
        RetryBuilder::new(name.into())
    }

    fn new(name: Name, config: Config, budget: Option<Budget>) -> Self {
        Self::of(config, budget, Observer::new(PolicyKind::Retry, name), Arc::default(), Arc::default())
    }

    /// The same policy with the options of `builder`, for a call site whose options depend on its arguments. Counts,
    /// budget and name stay. Of values that are out of bounds the log hears once.
    #[doc(hidden)]
    #[must_use]
    pub fn configured(&self, builder: RetryBuilder) -> Self {
        let (config, wrong) = builder.into_config();
        if let Some(error) = wrong {
            self.0.warnings.wrong_option(&error);
        }
        self.reconfigured(config, self.0.budget.clone())
    }

    fn reconfigured(&self, config: Config, budget: Option<Budget>) -> Self {
        let Inner { observer, counters, warnings, .. } = &*self.0;
        let observer = observer.member(observer.name().clone());
        let (counters, warnings) = (Arc::clone(counters), Arc::clone(warnings));
        Self::of(config, budget, observer, counters, warnings)
    }

    fn of(
        config: Config,
        budget: Option<Budget>,
        observer: Observer,
        counters: Arc<Counters>,
        warnings: Arc<Warnings>,
    ) -> Self {
        let is_plain = budget.is_none() && config.max_elapsed.is_none();
        Self(Arc::new(Inner { config, is_plain, budget, observer, counters, warnings }))
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
        self.reconfigured(self.0.config.clone(), Some(budget))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.observer.name().as_str()
    }

    /// The budget, if there is one.
    #[inline]
    #[must_use]
    pub fn budget(&self) -> Option<&Budget> {
        self.0.budget.as_ref()
    }

    /// A reading of all counts.
    #[must_use]
    pub fn stats(&self) -> RetryStats {
        self.0.counters.stats(self.budget().map(Budget::stats))
    }

    /// Whether nothing is to be done before a first attempt.
    pub(crate) fn is_plain(&self) -> bool {
        self.0.is_plain
    }

    /// From now on `function` counts its successes at the first attempt for this retry.
    pub(crate) fn add_function(&self, function: &'static dyn FirstTries) {
        self.0.counters.add_function(function);
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
