//! The options of a retry, their defaults and their bounds.

use std::time::Duration;

use super::Retry;
use crate::core::check::Check;
use crate::core::error::ConfigError;
use crate::core::kind::PolicyKind;
use crate::core::name::Name;
use crate::policies::budget::Budget;
use crate::policies::retry::backoff::{Backoff, Jitter, Strategy};

/// Calls of the body, the first included: 3.
///
/// ```
/// use resilience::Retry;
/// use resilience::retry::{
///     DEFAULT_BASE_DELAY, DEFAULT_FACTOR, DEFAULT_MAX_ATTEMPTS, DEFAULT_MAX_DELAY, DEFAULT_MAX_HINT,
/// };
///
/// // What `Retry::builder("search")` starts with.
/// let spelled_out = Retry::builder("search")
///     .max_attempts(DEFAULT_MAX_ATTEMPTS)
///     .base_delay(DEFAULT_BASE_DELAY)
///     .max_delay(DEFAULT_MAX_DELAY)
///     .factor(DEFAULT_FACTOR)
///     .max_hint(DEFAULT_MAX_HINT);
/// assert!(spelled_out.build().is_ok());
/// ```
pub const DEFAULT_MAX_ATTEMPTS: u32 = 3;
/// The delay before the second attempt, before jitter: 100 ms. See [`DEFAULT_MAX_ATTEMPTS`].
pub const DEFAULT_BASE_DELAY: Duration = Duration::from_millis(100);
/// No delay is longer: 10 s. See [`DEFAULT_MAX_ATTEMPTS`].
pub const DEFAULT_MAX_DELAY: Duration = Duration::from_secs(10);
/// The growth of the exponential delay: 2. See [`DEFAULT_MAX_ATTEMPTS`].
pub const DEFAULT_FACTOR: f64 = 2.0;
/// The longest hint that is obeyed: 60 s. See [`DEFAULT_MAX_ATTEMPTS`].
pub const DEFAULT_MAX_HINT: Duration = Duration::from_secs(60);

/// The options a retry works with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Config {
    pub(crate) max_attempts: u32,
    pub(crate) backoff: Backoff,
    pub(crate) max_elapsed: Option<Duration>,
    pub(crate) max_hint: Duration,
    pub(crate) budget: Option<BudgetRef>,
    pub(crate) idempotent: bool,
    pub(crate) retry_on_open: bool,
}

/// Which budget a retry draws on: what [`RetryBuilder::budget`] takes.
///
/// ```
/// use resilience::Budget;
/// use resilience::retry::BudgetRef;
///
/// assert_eq!(BudgetRef::from(0.2), BudgetRef::Ratio(0.2));
/// assert_eq!(BudgetRef::from("warehouse"), BudgetRef::Named("warehouse".into()));
///
/// let budget = Budget::builder("warehouse").build()?;
/// assert_eq!(BudgetRef::from(budget.clone()), BudgetRef::from(budget));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum BudgetRef {
    /// Its own, with this many retries per call, from 0 to 1, and the reserve of 10 per second.
    Ratio(f64),
    /// The one of this name in the registry, shared with every other function that names it.
    Named(Name),
    /// This one.
    Shared(SharedBudget),
}

/// A budget given as a value; equal to itself and to nothing else. Made by `BudgetRef::from(budget)`.
///
/// ```
/// use resilience::Budget;
/// use resilience::retry::BudgetRef;
///
/// let one = Budget::builder("warehouse").build()?;
/// let other = Budget::builder("warehouse").build()?;
/// let BudgetRef::Shared(shared) = BudgetRef::from(one) else { unreachable!() };
/// assert_eq!(BudgetRef::Shared(shared.clone()), BudgetRef::Shared(shared.clone()));
/// assert_ne!(BudgetRef::Shared(shared), BudgetRef::from(other));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct SharedBudget(pub(crate) Budget);

impl PartialEq for SharedBudget {
    fn eq(&self, other: &Self) -> bool {
        self.0.is_same(&other.0)
    }
}

impl From<f64> for BudgetRef {
    fn from(ratio: f64) -> Self {
        Self::Ratio(ratio)
    }
}

impl From<&'static str> for BudgetRef {
    fn from(name: &'static str) -> Self {
        Self::Named(name.into())
    }
}

impl From<Budget> for BudgetRef {
    fn from(budget: Budget) -> Self {
        Self::Shared(SharedBudget(budget))
    }
}

/// Builds a [`Retry`]. The methods are the options of `#[retry]`.
///
/// ```
/// use std::time::Duration;
/// use resilience::{Jitter, Retry, Strategy};
///
/// let builder = Retry::builder("search")
///     .max_attempts(5)
///     .strategy(Strategy::Exponential) // 50 ms, 150 ms, 450 ms, 1 s
///     .base_delay(Duration::from_millis(50))
///     .factor(3.0)
///     .max_delay(Duration::from_secs(1))
///     .jitter(Jitter::Equal) // of which the upper half is random
///     .max_elapsed(Duration::from_secs(5))
///     .max_hint(Duration::from_secs(2)) // a server that asks for more is not waited for
///     .budget(0.1) // one retry for ten calls
///     .idempotent(true)
///     .retry_on_open(true);
/// assert_eq!(builder.name(), "search");
///
/// let retry = builder.build()?;
/// assert_eq!(retry.call(|| Ok::<_, ()>("page")), Ok("page"));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `build`"]
pub struct RetryBuilder {
    pub(super) name: Name,
    pub(super) base_delay: Option<Duration>,
    pub(super) max_delay: Option<Duration>,
    /// The delays in it are settled by [`check`](Self::check): a default yields to what is given.
    pub(super) config: Config,
}

impl RetryBuilder {
    pub(super) const fn new(name: Name) -> Self {
        let backoff = Backoff {
            strategy: Strategy::Exponential,
            base_delay: DEFAULT_BASE_DELAY,
            max_delay: DEFAULT_MAX_DELAY,
            factor: DEFAULT_FACTOR,
            jitter: Jitter::Full,
        };
        let config = Config {
            max_attempts: DEFAULT_MAX_ATTEMPTS,
            backoff,
            max_elapsed: None,
            max_hint: DEFAULT_MAX_HINT,
            budget: None,
            idempotent: true,
            retry_on_open: false,
        };
        Self { name, base_delay: None, max_delay: None, config }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The same options, those that are out of bounds moved to the nearest allowed value. For a call site whose options
    /// depend on its arguments: [`Retry::configured`] complains at each call, so its place in the registry need not.
    #[doc(hidden)]
    pub fn within_bounds(mut self) -> Self {
        self.check();
        self
    }

    /// The options alone, within bounds, and the first complaint. The budget is not among them.
    pub(super) fn into_config(mut self) -> (Config, Option<ConfigError>) {
        let wrong = self.check();
        (self.config, wrong)
    }

    /// Calls of the body, the first included: 1 never retries. Default 3; 0 is refused.
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.config.max_attempts = attempts;
        self
    }

    /// How the delay grows. Default [`Strategy::Exponential`]. For a function that sees the error there is
    /// [`Attempts::again_by`](super::Attempts::again_by).
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.config.backoff.strategy = strategy;
        self
    }

    /// The delay that the strategy starts from. Default 100 ms, or `max_delay`, if that is given and shorter. Zero means "at once", whatever the strategy and the jitter:
    /// no timer is taken, and an async call only lets other tasks have their turn. A hint is waited for all the same.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::retry::{Retry, Step};
    ///
    /// let retry = Retry::builder("optimistic_lock").base_delay(Duration::ZERO).build()?;
    /// assert_eq!(retry.start().after(&Err::<(), _>("taken")), Step::Retry(Duration::ZERO));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub const fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = Some(delay);
        self
    }

    /// No delay is longer, jitter included; only a server's hint may be. Default 10 s, or `base_delay`, if that is longer.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::Retry;
    ///
    /// let minute = Duration::from_secs(60);
    /// assert!(Retry::builder("report").base_delay(minute).build().is_ok());
    /// assert!(Retry::builder("report").base_delay(minute).max_delay(Duration::from_secs(10)).build().is_err());
    /// ```
    pub const fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = Some(delay);
        self
    }

    /// The growth of the exponential delay, at least 1. Default 2.
    pub const fn factor(mut self, factor: f64) -> Self {
        self.config.backoff.factor = factor;
        self
    }

    /// How much of the delay is left to chance: a [`Jitter`], or a share of the delay that goes on top of it, from 0 to 1.
    /// Default [`Jitter::Full`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::retry::{Retry, Step};
    ///
    /// let retry = Retry::builder("search").base_delay(Duration::from_millis(100)).jitter(0.25).build()?;
    /// let Step::Retry(delay) = retry.start().after(&Err::<(), _>("busy")) else { unreachable!() };
    /// assert!((100..=125).contains(&delay.as_millis()));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn jitter(mut self, jitter: impl Into<Jitter>) -> Self {
        self.config.backoff.jitter = jitter.into();
        self
    }

    /// No attempt starts, and no delay is slept, past this time from the first attempt. Default none.
    pub const fn max_elapsed(mut self, limit: Duration) -> Self {
        self.config.max_elapsed = Some(limit);
        self
    }

    /// The longest hint that is waited for: what a server, a rate limit or an open circuit asks for. A longer one ends the
    /// call with the last error; it counts as one that took too long. Default 60 s. See [hints](super#hints).
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::retry::{Retry, Step};
    ///
    /// let retry = Retry::builder("search").max_hint(Duration::from_secs(5)).build()?;
    /// assert_eq!(retry.start().again_after(Duration::from_secs(3600)), Step::Done);
    /// assert_eq!(retry.stats().max_duration_reached, 1);
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub const fn max_hint(mut self, longest: Duration) -> Self {
        self.config.max_hint = longest;
        self
    }

    /// Bounds retries to a share of calls: a ratio from 0 to 1, the name of a shared budget, or a [`Budget`].
    /// Default none. Waiting for an open circuit takes nothing from it: the body has not run.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::{Budget, Retry};
    ///
    /// let none = Budget::builder("warehouse").ratio(0.0).min_per_second(0.0).build()?;
    /// let retry = Retry::builder("stock").budget(none.clone()).build()?;
    /// assert_eq!(retry.call(|| Err::<(), _>("busy")), Err("busy"));
    /// assert_eq!((retry.stats().retries, none.stats().denied), (0, 1));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn budget(mut self, budget: impl Into<BudgetRef>) -> Self {
        self.config.budget = Some(budget.into());
        self
    }

    /// Whether the body may run twice for one call. Default true; `false` retries only refusals, where it never ran.
    /// [`Retry::call`] knows those that the error type shows; a [`Pipeline`](crate::Pipeline) and the attributes know all.
    pub const fn idempotent(mut self, idempotent: bool) -> Self {
        self.config.idempotent = idempotent;
        self
    }

    /// Whether an open circuit is waited for, by [these rules](super#waiting-for-an-open-circuit). Default false.
    /// [`Retry::call`] knows a refusal where the error type shows it; a [`Pipeline`](crate::Pipeline) and the attributes
    /// know it always.
    pub const fn retry_on_open(mut self, retry: bool) -> Self {
        self.config.retry_on_open = retry;
        self
    }

    /// The retry.
    ///
    /// A budget that is only named is the retry's own until a registry resolves the name.
    ///
    /// # Errors
    /// Says which option is out of bounds and what is allowed: at least 1 attempt, `max_delay` no shorter than
    /// `base_delay`, `max_elapsed` and `max_hint` above zero, a finite `factor` of at least 1, a jitter and a budget from
    /// 0 to 1.
    ///
    /// ```
    /// use resilience::Retry;
    ///
    /// let error = Retry::builder("search").max_attempts(0).build().unwrap_err();
    /// assert_eq!(error.to_string(), "retry `search`: `max_attempts` is 0; it must be at least 1");
    /// ```
    pub fn build(self) -> Result<Retry, ConfigError> {
        match self.clamped(|name| Budget::builder(name).clamped().0) {
            (retry, None) => Ok(retry),
            (_, Some(error)) => Err(error),
        }
    }

    /// The retry with every value that is out of bounds moved to the nearest allowed one, and the first complaint.
    /// `named` finds the budget of a name.
    pub(crate) fn clamped(mut self, named: impl FnOnce(Name) -> Budget) -> (Retry, Option<ConfigError>) {
        let mut error = self.check();
        let budget = match &self.config.budget {
            None => None,
            Some(BudgetRef::Shared(SharedBudget(budget))) => Some(budget.clone()),
            Some(BudgetRef::Named(budget)) => Some(named(budget.clone())),
            Some(BudgetRef::Ratio(ratio)) => {
                let (budget, wrong) = Budget::builder(&self.name).ratio(*ratio).clamped();
                // Written as the option of the retry.
                error = error.or(wrong.map(|wrong| ConfigError { option: "budget", ..wrong }));
                Some(budget)
            }
        };
        (Retry::new(self.name, self.config, budget), error)
    }

    fn check(&mut self) -> Option<ConfigError> {
        let Config { max_attempts, backoff, max_elapsed, max_hint, .. } = &mut self.config;
        let mut check = Check::new(PolicyKind::Retry, &self.name);
        check.count("max_attempts", max_attempts);
        if let (Some(max), None) = (&mut self.max_delay, self.base_delay) {
            let allowed = "no shorter than `base_delay`, and zero only with it";
            check.replace("max_delay", max, Duration::is_zero, Duration::from_nanos(1), allowed);
        }
        let longest = self.max_delay.unwrap_or(DEFAULT_BASE_DELAY);
        let base = self.base_delay.unwrap_or(DEFAULT_BASE_DELAY.min(longest));
        if let Some(max) = &mut self.max_delay {
            check.replace("max_delay", max, |max| *max < base, base, "no shorter than `base_delay`");
        }
        backoff.base_delay = base;
        backoff.max_delay = self.max_delay.unwrap_or(DEFAULT_MAX_DELAY.max(base));
        check.at_least("factor", &mut backoff.factor, 1.0, "a finite number of at least 1");
        if let Jitter::Fraction(share) | Jitter::Symmetric(share) = &mut backoff.jitter {
            check.rate("jitter", share);
        }
        if let Some(limit) = max_elapsed {
            check.duration("max_elapsed", limit);
        }
        check.duration("max_hint", max_hint);
        check.finish()
    }
}
