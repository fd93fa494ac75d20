//! Chance: the only module that draws random numbers.

// The generator is banned everywhere else; here it enters.
#![allow(clippy::disallowed_methods)]

/// A uniform number in `[0, 1)` from the thread's generator.
pub(crate) fn unit() -> f64 {
    fastrand::f64()
}

/// A uniform index below `bound`; 0 when there is nothing to choose from.
pub(crate) fn below(bound: usize) -> usize {
    if bound == 0 {
        0
    } else {
        fastrand::usize(..bound)
    }
}

/// Seeds this thread's generator: the same seed draws the same jitter. For tests and simulations.
#[cfg(feature = "test-util")]
#[cfg_attr(docsrs, doc(cfg(feature = "test-util")))]
pub fn seed(seed: u64) {
    fastrand::seed(seed);
}
