//! A strategy given by its path is told the number of the failed attempt, or that and the error: whichever signature it
//! has. As with fallbacks, the candidates differ in a marker, and the compiler keeps the one whose `Fn` bound holds.

use std::time::Duration;

use crate::core::outcome::Caught;

/// A function that says how long to wait.
#[diagnostic::on_unimplemented(
    message = "this strategy cannot say how long to wait",
    label = "is neither `fn(u32) -> Duration` nor `fn(u32, &{E}) -> Duration`",
    note = "write a closure to say what is meant: `strategy = |attempt, error| ..`"
)]
pub trait StrategyFn<Marker, E> {
    /// The delay after a failed attempt; `None` where it takes an error and there is none.
    fn delay(&self, attempt: u32, error: Option<&E>) -> Option<Duration>;
}

/// Marker: it takes the number of the attempt.
#[derive(Debug)]
pub struct ByAttempt;
/// Marker: it takes the error, too.
#[derive(Debug)]
pub struct ByError;

impl<F: Fn(u32) -> Duration, E> StrategyFn<ByAttempt, E> for F {
    fn delay(&self, attempt: u32, _: Option<&E>) -> Option<Duration> {
        Some(self(attempt))
    }
}

impl<F: Fn(u32, &E) -> Duration, E> StrategyFn<ByError, E> for F {
    fn delay(&self, attempt: u32, error: Option<&E>) -> Option<Duration> {
        error.map(|error| self(attempt, error))
    }
}

/// Asks the function.
pub fn delay_by<M, C: Caught>(
    attempt: u32,
    caught: Option<&C>,
    strategy: &impl StrategyFn<M, C::User>,
) -> Option<Duration> {
    strategy.delay(attempt, caught.and_then(C::user))
}

/// Asks a closure with one parameter.
pub fn delay_by_attempt(attempt: u32, strategy: impl FnOnce(u32) -> Duration) -> Option<Duration> {
    Some(strategy(attempt))
}

/// Asks a closure with two parameters, of which the second is the error of the body: where there is none, it is not asked.
pub fn delay_by_error<C: Caught>(
    attempt: u32,
    caught: Option<&C>,
    strategy: impl FnOnce(u32, &C::User) -> Duration,
) -> Option<Duration> {
    caught.and_then(C::user).map(|error| strategy(attempt, error))
}
