//! Counters that live in the policies.
//!
//! A counter that every call of every thread writes is the dearest line of code a policy has: the cache line travels
//! from core to core. So counts are striped: a thread that calls often owns a stripe and adds to it with a plain load and
//! store, and a reader adds the stripes up. Threads that call now and then share one. Counts stay exact: a stripe of one
//! thread has one writer, and what a thread leaves behind goes to the next thread that takes its place.

mod places;

use std::fmt;

use crate::core::sync::{AtomicU64, OnceBox, Ordering, array, const_fn};

/// Stripes that are found at once.
// One under the model checker, which then sees threads beyond, and looks at every stripe in every reading.
const NEAR: usize = if cfg!(resilience_loom) { 1 } else { 15 };
/// One more than there are near stripes: where the other threads look, there is never one. A power of two, so that to find
/// a stripe takes a mask and no comparison.
const LINES: usize = NEAR + 1;
const _: () = assert!(LINES.is_power_of_two());
/// Stripes that take two steps more: enough for every thread of a large server. Threads beyond them share.
const FAR: usize = BLOCKS * BLOCK;
const BLOCKS: usize = if cfg!(resilience_loom) { 1 } else { 8 };
const BLOCK: usize = if cfg!(resilience_loom) { 1 } else { 128 };

/// A `T` for each thread that asks often: what one thread writes and others may read.
pub(crate) struct PerThread<T> {
    near: [OnceBox<Line<T>>; LINES],
    far: [OnceBox<Block<T>>; BLOCKS],
}

type Block<T> = [OnceBox<Line<T>>; BLOCK];

// Two lines: the prefetcher fetches them in pairs.
#[repr(align(128))]
#[derive(Default)]
struct Line<T>(T);

impl<T: Default> PerThread<T> {
    const_fn! {
        pub(crate) fn new() -> Self {
            Self { near: array![OnceBox::new(); LINES], far: array![OnceBox::new(); BLOCKS] }
        }
    }

    /// That of this thread, which nobody else writes. `None` for a thread that has come here seldom, or too late.
    #[inline]
    pub(crate) fn own(&self) -> Option<&T> {
        self.near().or_else(|| self.far_or_claimed())
    }

    /// That of this thread, if it has been made.
    #[inline]
    pub(crate) fn made(&self) -> Option<&T> {
        self.near().or_else(|| self.far())
    }

    #[inline]
    fn near(&self) -> Option<&T> {
        self.near[places::near() % LINES].get().map(|line| &line.0)
    }

    #[inline(always)]
    fn find_far(&self) -> Option<&T> {
        let place = places::own().wrapping_sub(NEAR);
        let block = self.far.get(place / BLOCK)?.get()?;
        block[place % BLOCK].get().map(|line| &line.0)
    }

    // Out of line, and without a call of its own: most threads are near, and it is all that the others pay.
    #[inline(never)]
    fn far(&self) -> Option<&T> {
        self.find_far()
    }

    #[inline(never)]
    fn far_or_claimed(&self) -> Option<&T> {
        match self.find_far() {
            None => self.claim(),
            line => line,
        }
    }

    #[cold]
    fn claim(&self) -> Option<&T> {
        let place = places::claim()?;
        let line = match place.checked_sub(NEAR) {
            None => &self.near[place],
            Some(far) => {
                let block = self.far[far / BLOCK].get_or_init(|| Box::new(array![OnceBox::new(); BLOCK]));
                &block[far % BLOCK]
            }
        };
        Some(&line.get_or_init(Box::default).0)
    }

    /// Those that there are.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let far = self.far.iter().filter_map(OnceBox::get).flatten();
        self.near.iter().chain(far).filter_map(OnceBox::get).map(|line| &line.0)
    }
}

/// Adds to a count that only this thread writes.
// Relaxed: a count orders nothing else.
#[inline]
pub(crate) fn bump(count: &AtomicU64, by: u64) {
    count.store(count.load(Ordering::Relaxed).wrapping_add(by), Ordering::Relaxed);
}

/// `N` counts that only grow, written by many threads.
pub(crate) struct Striped<const N: usize> {
    stripes: PerThread<Counts<N>>,
    /// That of the threads without a stripe.
    shared: OnceBox<Line<Counts<N>>>,
}

struct Counts<const N: usize>([AtomicU64; N]);

impl<const N: usize> Default for Counts<N> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl<const N: usize> Default for Striped<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Striped<N> {
    const_fn! {
        pub(crate) fn new() -> Self {
            Self { stripes: PerThread::new(), shared: OnceBox::new() }
        }
    }

    #[inline]
    pub(crate) fn add(&self, which: usize, n: u64) {
        match self.stripes.own() {
            Some(counts) => bump(&counts.0[which], n),
            None => self.add_shared(which, n),
        }
    }

    #[cold]
    #[inline(never)]
    fn add_shared(&self, which: usize, n: u64) {
        self.shared.get_or_init(Box::default).0.0[which].fetch_add(n, Ordering::Relaxed);
    }

    pub(crate) fn get(&self, which: usize) -> u64 {
        let all = self.stripes.iter().chain(self.shared.get().map(|line| &line.0));
        let counts = all.map(|counts| counts.0[which].load(Ordering::Relaxed));
        counts.fold(0, u64::wrapping_add)
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
    const_fn! {
        pub(crate) fn new() -> Self {
            Self(Striped::new())
        }
    }

    #[inline]
    pub(crate) fn add(&self, n: u64) {
        self.0.add(0, n);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.get(0)
    }
}

#[cfg(all(test, resilience_loom))]
mod interleavings;

#[cfg(test)]
mod tests;
