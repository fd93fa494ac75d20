//! The successes of a breaker that has no failure in sight.
//!
//! "At least so many of the last n calls failed" cannot become true by a success while no failure is among them. So a
//! success is only counted, in a stripe that its thread alone writes, and the machine takes the counts in when it is
//! next asked. That is what lets a closed breaker be used by many threads without a shared write.

use std::fmt;
use std::time::Duration;

use once_cell::race::OnceBox;

use crate::clock::nanos;
use crate::stats::{OWN_PLACES, own_place};
use crate::sync::{AtomicU64, Ordering};
use crate::window::Successes;

pub(super) struct Quiet {
    stripes: [OnceBox<Stripe>; OWN_PLACES],
}

/// What one thread has counted in one generation. Two lines: the prefetcher fetches them in pairs.
#[repr(align(128))]
#[derive(Default)]
struct Stripe {
    generation: AtomicU64,
    calls: AtomicU64,
    timed: AtomicU64,
    nanos: AtomicU64,
}

impl Quiet {
    pub(super) const fn new() -> Self {
        Self { stripes: [const { OnceBox::new() }; OWN_PLACES] }
    }

    /// Counts a success of this generation. `false` when the thread has no stripe of its own.
    // Relaxed where only the owner writes; the generation is published after what belongs to it.
    #[inline]
    pub(super) fn count(&self, generation: u64, latency: Option<Duration>) -> bool {
        let Some(place) = own_place() else { return false };
        let stripe = self.stripes[place].get_or_init(Box::default);
        if stripe.generation.load(Ordering::Relaxed) != generation {
            stripe.begin(generation);
        }
        bump(&stripe.calls, 1);
        if let Some(latency) = latency {
            bump(&stripe.timed, 1);
            bump(&stripe.nanos, nanos(latency));
        }
        true
    }

    /// The successes that were counted in this generation. What a thread counted late, for an earlier one, is not
    /// among them.
    pub(super) fn read(&self, generation: u64) -> Successes {
        let mut sum = Successes::default();
        let stripes = self.stripes.iter().filter_map(OnceBox::get);
        for stripe in stripes.filter(|stripe| stripe.generation.load(Ordering::Acquire) == generation) {
            sum.calls += stripe.calls.load(Ordering::Relaxed);
            sum.timed += stripe.timed.load(Ordering::Relaxed);
            sum.latency += Duration::from_nanos(stripe.nanos.load(Ordering::Relaxed));
        }
        sum
    }
}

impl Stripe {
    #[cold]
    fn begin(&self, generation: u64) {
        self.calls.store(0, Ordering::Relaxed);
        self.timed.store(0, Ordering::Relaxed);
        self.nanos.store(0, Ordering::Relaxed);
        self.generation.store(generation, Ordering::Release);
    }
}

#[inline]
fn bump(count: &AtomicU64, by: u64) {
    count.store(count.load(Ordering::Relaxed).wrapping_add(by), Ordering::Relaxed);
}

impl fmt::Debug for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quiet").finish_non_exhaustive()
    }
}
