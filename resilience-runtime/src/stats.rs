//! Counters that live in the policies.
//!
//! A counter that every call of every thread writes is the dearest line of code a policy has: the cache line travels
//! from core to core. So counts are striped: each thread owns a stripe and adds to it with a plain load and store, and
//! a reader adds the stripes up. Counts stay exact: a stripe has one writer, and what a thread leaves behind goes to
//! the next thread that takes its place.

use std::cell::Cell;
use std::fmt;

use crate::sync::{AtomicU64, Mutex, OnceBox, Ordering, array, const_fn, global, thread_local};

/// Threads that have a stripe of their own at a time. Those beyond them share one more stripe and pay for it.
// Few under the model checker, which then sees threads beyond them, and looks at every stripe in every reading.
const OWNED: usize = if cfg!(resilience_loom) { 2 } else { 31 };
/// One more than there are owners: where those look who have no place of their own, there is never a stripe. Without the
/// model checker a power of two, so that finding a stripe takes a mask and no comparison.
const LINES: usize = OWNED + 1;
/// The place of a thread beyond.
const SHARED: usize = OWNED;
/// That of a thread that has not asked yet.
const UNKNOWN: usize = SHARED + LINES;
const _: () = assert!(UNKNOWN % LINES == SHARED && (cfg!(resilience_loom) || LINES.is_power_of_two()));

global! {
    /// The places of threads that have ended, and the first that no thread has had yet.
    static PLACES: Mutex<(Vec<usize>, usize)> = Mutex::new((Vec::new(), 0));
}

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

/// Takes a place for this thread, if it has none yet; [`SHARED`] when there is none left.
#[cold]
fn take_place() -> usize {
    if PLACE.get() != UNKNOWN {
        return PLACE.get();
    }
    // The lock orders the last store of the place's previous thread before the first load of this one.
    let mut places = PLACES.lock();
    let place = places.0.pop().unwrap_or_else(|| {
        let fresh = places.1.min(SHARED);
        places.1 += 1;
        fresh
    });
    PLACE.set(place);
    // A thread that is already being torn down cannot give a place back: it shares.
    if TENANT.try_with(|_| ()).is_err() {
        PLACE.set(SHARED);
        if place < OWNED {
            places.0.push(place);
        }
    }
    PLACE.get()
}

/// A `T` for each thread: what one thread writes and others may read. Made when the thread first asks.
pub(crate) struct PerThread<T> {
    lines: [OnceBox<Line<T>>; LINES],
    shared: OnceBox<Line<T>>,
}

// Two lines: the prefetcher fetches them in pairs.
#[repr(align(128))]
#[derive(Default)]
struct Line<T>(T);

impl<T> Default for PerThread<T> {
    fn default() -> Self {
        Self { lines: array![OnceBox::new(); LINES], shared: OnceBox::new() }
    }
}

impl<T: Default> PerThread<T> {
    const_fn! {
        pub(crate) fn new() -> Self {
            Self { lines: array![OnceBox::new(); LINES], shared: OnceBox::new() }
        }
    }

    /// That of this thread, which nobody else writes; `None` when the thread shares one.
    #[inline]
    pub(crate) fn own(&self) -> Option<&T> {
        self.made().or_else(|| self.first())
    }

    /// That of this thread, if it has been made.
    #[inline]
    pub(crate) fn made(&self) -> Option<&T> {
        self.lines[PLACE.get() % LINES].get().map(|line| &line.0)
    }

    #[cold]
    fn first(&self) -> Option<&T> {
        let place = take_place();
        (place != SHARED).then(|| &self.lines[place].get_or_init(Box::default).0)
    }

    /// The one that the threads beyond share. It has many writers.
    pub(crate) fn shared(&self) -> &T {
        &self.shared.get_or_init(Box::default).0
    }

    /// Those that there are.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.lines.iter().chain([&self.shared]).filter_map(OnceBox::get).map(|line| &line.0)
    }
}

/// Adds to a count that only this thread writes.
// Relaxed: a count orders nothing else.
#[inline]
pub(crate) fn bump(count: &AtomicU64, by: u64) {
    count.store(count.load(Ordering::Relaxed).wrapping_add(by), Ordering::Relaxed);
}

/// `N` counts that only grow, written by many threads.
#[derive(Default)]
pub(crate) struct Striped<const N: usize>(PerThread<Counts<N>>);

struct Counts<const N: usize>([AtomicU64; N]);

impl<const N: usize> Default for Counts<N> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl<const N: usize> Striped<N> {
    const_fn! {
        pub(crate) fn new() -> Self {
            Self(PerThread::new())
        }
    }

    #[inline]
    pub(crate) fn add(&self, which: usize, n: u64) {
        match self.0.own() {
            Some(counts) => bump(&counts.0[which], n),
            None => self.add_shared(which, n),
        }
    }

    #[cold]
    fn add_shared(&self, which: usize, n: u64) {
        self.0.shared().0[which].fetch_add(n, Ordering::Relaxed);
    }

    pub(crate) fn get(&self, which: usize) -> u64 {
        let counts = self.0.iter().map(|counts| counts.0[which].load(Ordering::Relaxed));
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
        let places: Vec<usize> = (0..5).map(|_| std::thread::spawn(take_place).join().unwrap()).collect();
        assert!(places.iter().all(|place| *place <= SHARED));
    }
}
