//! Counters that live in the policies.
//!
//! A counter that every call of every thread writes is the dearest line of code a policy has: the cache line travels
//! from core to core. So counts are striped: each thread owns a stripe and adds to it with a plain load and store, and
//! a reader adds the stripes up. Counts stay exact: a stripe has one writer, and what a thread leaves behind goes to
//! the next thread that takes its place.

use std::cell::Cell;
use std::fmt;

use once_cell::race::OnceBox;

use crate::sync::{AtomicU64, Mutex, Ordering};

/// Stripes that one thread owns at a time. Threads beyond them share one more stripe and pay for it.
const OWNED: usize = 32;
const SHARED: usize = OWNED;
const UNKNOWN: usize = usize::MAX;

/// The places of threads that have ended, and the first that no thread has had yet.
static PLACES: Mutex<(Vec<usize>, usize)> = Mutex::new((Vec::new(), 0));

thread_local! {
    static PLACE: Cell<usize> = const { Cell::new(UNKNOWN) };
    static TENANT: Tenant = const { Tenant };
}

/// Gives the thread's place back when the thread ends.
struct Tenant;

impl Drop for Tenant {
    fn drop(&mut self) {
        // Destructors that run later may still count.
        let place = PLACE.replace(SHARED);
        if place < OWNED {
            PLACES.lock().0.push(place);
        }
    }
}

/// The stripe of this thread.
#[inline]
fn place() -> usize {
    let place = PLACE.get();
    if place == UNKNOWN { take_place() } else { place }
}

#[cold]
fn take_place() -> usize {
    // The lock orders the last store of the place's previous thread before the first load of this one.
    let mut places = PLACES.lock();
    let place = places.0.pop().unwrap_or_else(|| {
        let fresh = places.1.min(SHARED);
        places.1 += 1;
        fresh
    });
    drop(places);
    PLACE.set(place);
    // A thread that is already being torn down keeps the shared stripe.
    if TENANT.try_with(|_| ()).is_err() {
        PLACE.set(SHARED);
    }
    PLACE.get()
}

/// The stripe that this thread alone writes; `None` when it shares one.
#[inline]
pub(crate) fn own_place() -> Option<usize> {
    Some(place()).filter(|place| *place != SHARED)
}

/// How many threads can have a stripe of their own.
pub(crate) const OWN_PLACES: usize = OWNED;

/// `N` counts that only grow, written by many threads.
// Relaxed throughout: a count orders nothing else.
pub(crate) struct Striped<const N: usize> {
    stripes: [OnceBox<Stripe<N>>; OWNED + 1],
}

// Two lines: the prefetcher fetches them in pairs.
#[repr(align(128))]
struct Stripe<const N: usize>([AtomicU64; N]);

impl<const N: usize> Striped<N> {
    pub(crate) const fn new() -> Self {
        Self { stripes: [const { OnceBox::new() }; OWNED + 1] }
    }

    #[inline]
    pub(crate) fn add(&self, which: usize, n: u64) {
        let place = place();
        let stripe = self.stripes[place].get_or_init(|| Box::new(Stripe(std::array::from_fn(|_| AtomicU64::new(0)))));
        let count = &stripe.0[which];
        if place == SHARED {
            count.fetch_add(n, Ordering::Relaxed);
        } else {
            count.store(count.load(Ordering::Relaxed).wrapping_add(n), Ordering::Relaxed);
        }
    }

    pub(crate) fn get(&self, which: usize) -> u64 {
        let stripes = self.stripes.iter().filter_map(OnceBox::get);
        stripes.map(|stripe| stripe.0[which].load(Ordering::Relaxed)).fold(0, u64::wrapping_add)
    }
}

impl<const N: usize> Default for Striped<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> fmt::Debug for Striped<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries((0..N).map(|which| self.get(which))).finish()
    }
}

/// A count that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(Striped<1>);

impl Counter {
    pub(crate) const fn new() -> Self {
        Self(Striped::new())
    }

    #[inline]
    pub(crate) fn add(&self, n: u64) {
        self.0.add(0, n);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.get(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_more_threads_than_stripes_are_exact() {
        let counts = Striped::<2>::new();
        for _ in 0..2 {
            std::thread::scope(|scope| {
                for _ in 0..3 * OWNED {
                    scope.spawn(|| (0..1_000).for_each(|n| counts.add(n % 2, 1)));
                }
            });
        }
        assert_eq!([counts.get(0), counts.get(1)], [3_000 * OWNED as u64; 2]);
    }

    #[test]
    fn a_thread_that_ends_leaves_its_place_to_the_next() {
        let places: Vec<usize> = (0..5).map(|_| std::thread::spawn(place).join().unwrap()).collect();
        assert!(places.iter().all(|place| *place <= SHARED));
    }
}
