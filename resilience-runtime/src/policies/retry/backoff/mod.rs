//! How long to wait between attempts. Pure arithmetic: chance and the previous delay are arguments.
//!
//! The growth is that of the [AWS Architecture Blog, "Exponential Backoff And Jitter"][aws] (Brooker, 2015), capped
//! before it is jittered:
//!
//! | strategy | delay after failed attempt n |
//! |---|---|
//! | exponential | base · factorⁿ⁻¹ |
//! | linear | base · n |
//! | constant | base |
//! | fibonacci | base · fib(n): 1, 1, 2, 3, 5, … |
//! | decorrelated | U(base, 3 · previous delay), which is its own jitter |
//! | a function | whatever it returns |
//!
//! A base of zero is zero with each of them.
//!
//! [aws]: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/

use std::any::type_name;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use crate::core::clock::nanos;
use crate::core::sync::Arc;

/// The shortest delay, unless there is to be none: a retry yields to others even when chance draws zero. Timers round it
/// up to what they can do.
const SHORTEST: Duration = Duration::from_nanos(1);

/// How the delay between attempts grows, up to `max_delay`. The default is [`Exponential`](Self::Exponential).
///
/// ```
/// use std::time::Duration;
/// use resilience::retry::{Jitter, Retry, Step, Strategy};
///
/// /// The delays after the attempts 1 to 5, in milliseconds, from a `base_delay` of 100 ms.
/// fn delays(strategy: Strategy) -> Vec<u128> {
///     let retry = Retry::builder("search").max_attempts(6).strategy(strategy).jitter(Jitter::None).build().unwrap();
///     let mut attempts = retry.start();
///     std::iter::from_fn(|| match attempts.after(&Err::<(), _>("busy")) {
///         Step::Retry(delay) => Some(delay.as_millis()),
///         Step::Done => None,
///     })
///     .collect()
/// }
///
/// assert_eq!(delays(Strategy::Exponential), [100, 200, 400, 800, 1600]);
/// assert_eq!(delays(Strategy::Linear), [100, 200, 300, 400, 500]);
/// assert_eq!(delays(Strategy::Constant), [100, 100, 100, 100, 100]);
/// assert_eq!(delays(Strategy::Fibonacci), [100, 100, 200, 300, 500]);
/// assert!(delays(Strategy::Decorrelated).into_iter().all(|delay| (100..10_000).contains(&delay)));
/// let step = Duration::from_millis(7);
/// assert_eq!(delays(Strategy::Custom(move |n| step * n)), [7, 14, 21, 28, 35]);
/// ```
///
/// Two [`Custom`](Self::Custom) strategies are equal when they are of one type: the same function, or the same closure in the
/// source, whatever it has captured. This is good for finding conflicts and for nothing else.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub enum Strategy {
    /// `base_delay * factor^(n-1)` after failed attempt `n`.
    #[default]
    Exponential,
    /// `base_delay * n`.
    Linear,
    /// `base_delay`.
    Constant,
    /// `base_delay * fib(n)`: 1, 1, 2, 3, 5, …
    Fibonacci,
    /// A random delay between `base_delay` and three times the previous delay. It is its own jitter.
    Decorrelated,
    /// A function: made by [`Strategy::Custom`].
    Function(StrategyFunction),
}

impl Strategy {
    /// A function of the number of the failed attempt, counted from 1. Its result is capped and jittered like any other. It
    /// may capture.
    ///
    /// For one that sees the error there is [`Attempts::again_by`](crate::retry::Attempts::again_by), which may capture as
    /// well, the error above all.
    #[allow(non_snake_case, reason = "it stands beside the other strategies, which are variants")]
    pub fn Custom<F: Fn(u32) -> Duration + Send + Sync + 'static>(delay: F) -> Self {
        Self::Function(StrategyFunction { delay: Arc::new(delay), name: type_name::<F>() })
    }
}

/// The function of a [`Strategy::Custom`]. Clones share what it has captured.
#[derive(Clone)]
pub struct StrategyFunction {
    delay: Arc<dyn Fn(u32) -> Duration + Send + Sync>,
    name: &'static str,
}

// It is only called, by reference, and while nothing of a retry is half-done: a panic in it leaves behind at most what the
// user's own code has left.
impl UnwindSafe for StrategyFunction {}
impl RefUnwindSafe for StrategyFunction {}

impl PartialEq for StrategyFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for StrategyFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// How a delay `d` is spread, so that callers who failed together do not come back together. The default is
/// [`Full`](Self::Full). No jittered delay exceeds `max_delay`.
///
/// ```
/// use resilience::retry::{Jitter, Retry, Step};
///
/// /// The delay after the first attempt, in milliseconds, from a `base_delay` of 100 ms.
/// fn delay(jitter: Jitter) -> f64 {
///     let retry = Retry::builder("search").jitter(jitter).build().unwrap();
///     let Step::Retry(delay) = retry.start().after(&Err::<(), _>("busy")) else { unreachable!() };
///     delay.as_secs_f64() * 1e3
/// }
///
/// assert!((0.0..=100.0).contains(&delay(Jitter::Full)));
/// assert!((50.0..=100.0).contains(&delay(Jitter::Equal)));
/// assert_eq!(delay(Jitter::None), 100.0);
/// assert!((100.0..=110.0).contains(&delay(Jitter::from(0.1))));
/// assert!((75.0..=125.0).contains(&delay(Jitter::Symmetric(0.25))));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub enum Jitter {
    /// Between zero and `d`: the best spread, half the delay on average.
    #[default]
    Full,
    /// Between `d / 2` and `d`.
    Equal,
    /// Exactly `d`.
    None,
    /// Between `d` and `d` plus this share of it, from 0 to 1. Where `d` has reached `max_delay` there is no room left
    /// to spread.
    Fraction(f64),
    /// Between `d` less this share of it and `d` plus this share, from 0 to 1. Where that reaches beyond `max_delay`, the
    /// upper end is `max_delay`.
    Symmetric(f64),
}

impl From<f64> for Jitter {
    fn from(fraction: f64) -> Self {
        Self::Fraction(fraction)
    }
}

/// The delays of a retry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Backoff {
    pub(crate) strategy: Strategy,
    pub(crate) base_delay: Duration,
    pub(crate) max_delay: Duration,
    /// Used by [`Strategy::Exponential`] only.
    pub(crate) factor: f64,
    pub(crate) jitter: Jitter,
}

impl Backoff {
    /// The delay after the failed attempt with the number `attempt`, counted from 1.
    ///
    /// `previous` is the delay before that attempt, zero when it was the first; `unit` draws from `[0, 1)`. The result is
    /// zero where `base_delay` is; else it is at least 1 ns, and at most `max_delay`, jitter included.
    pub(crate) fn delay(&self, attempt: u32, previous: Duration, mut unit: impl FnMut() -> f64) -> Duration {
        let base = nanos(self.base_delay);
        let delay = match &self.strategy {
            _ if base == 0 => 0,
            Strategy::Exponential => {
                let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
                // `as` saturates, which is what a delay beyond 584 years deserves.
                (base as f64 * self.factor.powi(exponent)) as u64
            }
            Strategy::Linear => base.saturating_mul(u64::from(attempt)),
            Strategy::Constant => base,
            Strategy::Fibonacci => base.saturating_mul(fibonacci(attempt)),
            Strategy::Decorrelated => {
                let ceiling = nanos(previous).max(base).saturating_mul(3);
                base.saturating_add(share(ceiling - base, unit()))
            }
            Strategy::Function(function) => nanos((function.delay)(attempt)),
        };
        match self.strategy {
            Strategy::Decorrelated => self.within(delay),
            _ => self.jittered(delay, unit),
        }
    }

    /// A delay from elsewhere, treated like one of the strategy's.
    pub(crate) fn spread(&self, delay: Duration, unit: impl FnOnce() -> f64) -> Duration {
        self.jittered(nanos(delay), unit)
    }

    fn jittered(&self, delay: u64, unit: impl FnOnce() -> f64) -> Duration {
        let cap = nanos(self.max_delay);
        let delay = delay.min(cap);
        self.within(match self.jitter {
            _ if self.base_delay.is_zero() => 0,
            Jitter::Full => share(delay, unit()),
            Jitter::Equal => delay / 2 + share(delay - delay / 2, unit()),
            Jitter::None => delay,
            // `max` also takes zero in place of a NaN.
            Jitter::Fraction(fraction) => delay.saturating_add((delay as f64 * (fraction.max(0.0) * unit())) as u64),
            Jitter::Symmetric(fraction) => {
                let width = (delay as f64 * fraction.clamp(0.0, 1.0)) as u64;
                // Cut at the cap, and not piled up there.
                let (low, high) = (delay.saturating_sub(width), delay.saturating_add(width).min(cap));
                low + share(high - low, unit())
            }
        })
    }

    fn within(&self, delay: u64) -> Duration {
        let shortest = if self.base_delay.is_zero() { Duration::ZERO } else { SHORTEST };
        Duration::from_nanos(delay).min(self.max_delay).max(shortest)
    }
}

/// The part `unit` of `whole`, never more than all of it.
fn share(whole: u64, unit: f64) -> u64 {
    // Above 2^53 the product may be rounded up.
    ((whole as f64 * unit) as u64).min(whole)
}

/// The n-th Fibonacci number, saturating: the 94th is the first that does not fit.
fn fibonacci(n: u32) -> u64 {
    let (mut current, mut next) = (0_u64, 1_u64);
    for _ in 0..n.min(94) {
        (current, next) = (next, current.saturating_add(next));
    }
    current
}

#[cfg(test)]
mod tests;
