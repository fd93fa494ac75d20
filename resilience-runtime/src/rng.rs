//! Chance: the only module that draws random numbers.

// The generator is banned everywhere else; here it enters.
#![allow(clippy::disallowed_methods)]

/// A uniform number in `[0, 1)` from the thread's generator.
pub(crate) fn unit() -> f64 {
    fastrand::f64()
}

/// A uniform index below `bound`; 0 when there is nothing to choose from.
pub(crate) fn below(bound: usize) -> usize {
    if bound == 0 { 0 } else { fastrand::usize(..bound) }
}
