//! Chance: the only module that draws random numbers.
//!
//! Jitter comes from a generator of each thread. With the feature `test-util`, `rng::seed` makes its draws repeatable.

// The generator is banned everywhere else; here it enters.
#![allow(clippy::disallowed_methods)]

/// Starts the generator of the current thread anew: the same seed gives the same jitter. The twin of
/// [`clock::manual`](crate::clock::manual) for chance; other threads keep their own generator.
///
/// ```
/// use resilience::{Retry, rng};
///
/// let retry = Retry::builder("search").build()?;
/// let delay = |seed| {
///     rng::seed(seed);
///     retry.start().after(&Err::<(), _>("busy"))
/// };
/// assert_eq!(delay(7), delay(7));
/// assert_ne!(delay(7), delay(8));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[cfg(feature = "test-util")]
pub fn seed(seed: u64) {
    fastrand::seed(seed);
}

/// A uniform number in `[0, 1)` from the thread's generator.
pub(crate) fn unit() -> f64 {
    fastrand::f64()
}

/// A uniform index below `bound`; 0 when there is nothing to choose from.
pub(crate) fn below(bound: usize) -> usize {
    if bound == 0 { 0 } else { fastrand::usize(..bound) }
}
