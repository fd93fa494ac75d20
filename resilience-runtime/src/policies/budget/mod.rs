//! Retry budgets: what keeps retries from multiplying an overload.
//!
//! Without one, three attempts per call turn a struggling dependency's load into three times that load. A budget pays
//! for a share of retries on top of the calls, whatever the number of attempts allows, and has a small reserve by time,
//! so that a function that is called once a minute may still retry.
//!
//! The rule is that of Finagle's `RetryBudget` and tower's `TpsBudget` (a share of calls plus a minimum per second),
//! with the token bucket of [gRPC A6](https://github.com/grpc/proposal/blob/master/A6-client-retries.md) in place of
//! their sliding window: a call deposits `ratio` tokens, up to 100 are kept, a retry takes one, and the reserve pays
//! when there is none. The bucket starts empty, the reserve full.

mod config;
mod shared_config;

use std::fmt;

use serde::Serialize;

use crate::core::clock::Instant;
use crate::core::name::Name;
use crate::core::stats::Counter;
use crate::core::sync::{Arc, Mutex};

pub use config::BudgetBuilder;
pub use shared_config::BudgetConfig;

/// One token in the unit of the bucket. Whole numbers, because ten times 0.1 must be one retry.
const TOKEN: u64 = 1_000_000_000;

/// A burst of retries is paid for by at most this many tokens from the past.
const MOST: u64 = 100 * TOKEN;

const NANOS_PER_SECOND: f64 = 1e9;

/// A bound on retries that any number of functions may share. Cheap to clone; clones are the same budget.
///
/// Each call of a function that uses it deposits [`ratio`](BudgetBuilder::ratio) tokens, of which at most 100 are
/// kept; each retry takes one. Where there is none, a reserve that refills with
/// [`min_per_second`](BudgetBuilder::min_per_second) pays. A retry that nothing pays for does not happen, and the last
/// error is returned; nothing ever waits for a token.
///
/// ```
/// use resilience::{Budget, Retry};
///
/// let budget = Budget::builder("warehouse").ratio(0.1).build()?;
/// let retry = Retry::builder("stock").budget(budget.clone()).build()?;
/// for _ in 0..20 {
///     let _ = retry.call(|| Ok::<_, ()>(3));
/// }
/// assert_eq!((budget.name(), budget.ratio()), ("warehouse", 0.1));
/// assert_eq!((budget.stats().calls, budget.tokens()), (20, 2.0));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Budget(Arc<Inner>);

struct Inner {
    name: Name,
    ratio: f64,
    min_per_second: f64,
    /// What a call deposits.
    deposit: u64,
    reserve: Reserve,
    calls: Counter,
    granted: Counter,
    denied: Counter,
    ledger: Mutex<Ledger>,
}

/// What withdrawals write. Calls only count themselves: their deposits are entered when somebody withdraws, which
/// changes nothing, because between two withdrawals the bucket only fills.
#[derive(Default)]
struct Ledger {
    /// How many calls have been entered.
    entered: u64,
    tokens: u64,
    /// When the reserve was empty, in nanoseconds: what is in it has come since.
    reserve_empty_at: u64,
}

/// The retries that time pays for.
struct Reserve {
    /// Nanoseconds per retry, `u64::MAX` when there is no reserve: no clock gets that far.
    interval: u64,
    /// Nanoseconds after which it is full: a second, or the time of one retry where that is longer.
    full_after: u64,
}

impl Budget {
    /// A builder with the defaults: 0.2 retries per call and at least 10 per second.
    pub fn builder(name: impl Into<Name>) -> BudgetBuilder {
        BudgetBuilder::new(name.into())
    }

    fn new(name: Name, ratio: f64, min_per_second: f64) -> Self {
        Self(Arc::new(Inner {
            name,
            ratio,
            min_per_second,
            deposit: (ratio * TOKEN as f64).round() as u64,
            reserve: Reserve::new(min_per_second),
            calls: Counter::new(),
            granted: Counter::new(),
            denied: Counter::new(),
            ledger: Mutex::default(),
        }))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// How many retries a call pays for.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.0.ratio
    }

    /// The retries that calls have paid for and nobody has made yet, from 0 to 100, without the reserve.
    #[must_use]
    pub fn tokens(&self) -> f64 {
        let mut ledger = self.0.ledger.lock();
        self.enter_deposits(&mut ledger);
        ledger.tokens as f64 / TOKEN as f64
    }

    /// The counters.
    #[must_use]
    pub fn stats(&self) -> BudgetStats {
        BudgetStats {
            calls: self.0.calls.get(),
            granted: self.0.granted.get(),
            denied: self.0.denied.get(),
            tokens: self.tokens(),
            ratio: self.0.ratio,
        }
    }

    /// Whether both are handles of one budget.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether the two were built with the same options.
    pub(crate) fn has_options_of(&self, other: &Self) -> bool {
        self.0.ratio == other.0.ratio && self.0.min_per_second == other.0.min_per_second
    }

    /// A call begins; its retries do not count.
    pub(crate) fn on_call(&self) {
        self.0.calls.add(1);
    }

    /// Pays for one retry at `now`, if it can.
    pub(crate) fn try_withdraw(&self, now: Instant) -> bool {
        let paid = {
            let mut ledger = self.0.ledger.lock();
            self.enter_deposits(&mut ledger);
            match ledger.tokens.checked_sub(TOKEN) {
                Some(rest) => {
                    ledger.tokens = rest;
                    true
                }
                None => self.0.reserve.withdraw(&mut ledger.reserve_empty_at, now.as_nanos()),
            }
        };
        if paid { &self.0.granted } else { &self.0.denied }.add(1);
        paid
    }

    fn enter_deposits(&self, ledger: &mut Ledger) {
        let calls = self.0.calls.get();
        let deposits = calls.saturating_sub(ledger.entered).saturating_mul(self.0.deposit);
        ledger.tokens = ledger.tokens.saturating_add(deposits).min(MOST);
        ledger.entered = calls;
    }
}

impl Reserve {
    fn new(per_second: f64) -> Self {
        // `as` saturates, also for a division by zero.
        let interval = ((NANOS_PER_SECOND / per_second) as u64).max(1);
        Self { interval, full_after: interval.max(NANOS_PER_SECOND as u64) }
    }

    /// Takes one retry by moving the moment at which the reserve was empty.
    fn withdraw(&self, empty_at: &mut u64, now: u64) -> bool {
        let since = (*empty_at).max(now.saturating_sub(self.full_after));
        if now.saturating_sub(since) < self.interval {
            return false;
        }
        *empty_at = since + self.interval;
        true
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget").field("name", &self.name()).field("ratio", &self.0.ratio).finish_non_exhaustive()
    }
}

/// The counters of a [`Budget`]. The first three only grow.
///
/// ```
/// use std::time::Duration;
/// use resilience::{Budget, Retry};
///
/// let budget = Budget::builder("warehouse").min_per_second(1.0).build()?;
/// let retry = Retry::builder("stock").base_delay(Duration::from_millis(1)).budget(budget.clone()).build()?;
/// let _ = retry.call(|| Err::<(), _>("busy"));
///
/// let stats = budget.stats();
/// assert_eq!((stats.calls, stats.granted, stats.denied), (1, 1, 1));
/// assert_eq!((stats.ratio, stats.tokens), (0.2, 0.2));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BudgetStats {
    /// Calls, without their retries.
    pub calls: u64,
    /// Retries that were paid for.
    pub granted: u64,
    /// Retries that were not made because nothing paid for them.
    pub denied: u64,
    /// What calls have paid for and nobody has used yet, at most 100.
    pub tokens: f64,
    /// How many retries a call pays for.
    pub ratio: f64,
}

#[cfg(all(test, resilience_loom))]
mod interleavings;
#[cfg(test)]
mod tests;
