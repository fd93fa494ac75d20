//! A box that is filled once, by whoever comes first: once_cell's, on an atomic that the checker sees.

use std::fmt;
use std::sync::OnceLock;

use super::super::Ordering;
use super::AtomicUsize;

/// As many threads as may try to fill it.
const CANDIDATES: usize = loom::MAX_THREADS;

pub(crate) struct OnceBox<T> {
    /// 1 + the index of the candidate that won: in place of a pointer, which would ask for unsafe code.
    chosen: AtomicUsize,
    candidates: [OnceLock<Box<T>>; CANDIDATES],
}

impl<T> OnceBox<T> {
    pub(crate) fn new() -> Self {
        Self { chosen: AtomicUsize::new(0), candidates: [const { OnceLock::new() }; CANDIDATES] }
    }

    // The orderings are once_cell's.
    pub(crate) fn get(&self) -> Option<&T> {
        self.candidate(self.chosen.load(Ordering::Acquire))
    }

    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> Box<T>) -> &T {
        if let Some(made) = self.get() {
            return made;
        }
        let mut made = Some(make());
        let own = self.candidates.iter().position(|place| {
            made.take().is_some_and(|value| place.set(value).map_err(|value| made = Some(value)).is_ok())
        });
        let own = 1 + own.expect("each thread tries once");
        let exchange = self.chosen.compare_exchange(0, own, Ordering::Release, Ordering::Acquire);
        self.candidate(exchange.err().unwrap_or(own)).expect("a candidate was chosen")
    }

    fn candidate(&self, chosen: usize) -> Option<&T> {
        self.candidates.get(chosen.checked_sub(1)?)?.get().map(Box::as_ref)
    }
}

impl<T> Default for OnceBox<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for OnceBox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceBox").finish_non_exhaustive()
    }
}
