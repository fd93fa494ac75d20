//! Which calls are timed although no rule asks for it.

#[cfg(not(feature = "test-util"))]
use std::cell::Cell;

#[cfg(not(feature = "test-util"))]
use crate::core::rng;

/// Whether this call is timed although no rule asks for it. Two readings of the clock cost more than all else that a
/// policy does, so it is one call in 64 on average; under virtual time, which tests look at, every one.
#[inline]
pub(crate) fn is_sampled() -> bool {
    #[cfg(feature = "test-util")]
    {
        true
    }
    #[cfg(not(feature = "test-util"))]
    {
        let left = LEFT.get();
        LEFT.set(left.wrapping_sub(1));
        left == 0 && draw()
    }
}

/// The calls that pass between two timed ones: none to this many below, each as likely as the others. Drawn anew each time,
/// so that of policies which are called in turn none is left out.
#[cfg(not(feature = "test-util"))]
const GAPS: usize = 127;

#[cfg(not(feature = "test-util"))]
thread_local! {
    /// The calls of this thread that pass before the next timed one.
    static LEFT: Cell<usize> = const { Cell::new(0) };
    static HAS_DRAWN: Cell<bool> = const { Cell::new(false) };
}

/// Draws the next gap. Returns whether this call is timed.
#[cfg(not(feature = "test-util"))]
#[cold]
fn draw() -> bool {
    let gap = || rng::below(GAPS);
    if !HAS_DRAWN.replace(true) {
        // The first call of a thread lies anywhere in a gap, and more likely in a long one. Were it always timed, it would
        // be the only one of a thread that lives for one request.
        let first = gap().min(gap());
        if first > 0 {
            LEFT.set(first - 1);
            return false;
        }
    }
    LEFT.set(gap());
    true
}
