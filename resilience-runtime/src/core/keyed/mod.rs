//! A bounded family of values, one per key, whose keys may come from an attacker.

mod text;

use std::fmt::Display;
use std::hash::RandomState;
use std::time::Duration;

use indexmap::IndexMap;

use crate::core::clock::{Instant, nanos};
use crate::core::rng;
use crate::core::sync::{AtomicU64, Ordering, RwLock};

use text::Text;

/// How many entries are compared when one must go. Redis samples five for the same purpose.
const SAMPLE: usize = 8;

/// How many entries each new key looks at for being idle: two, so that a family shrinks while it is in use.
const SWEEP: usize = 2;

/// Values by key, never more than a fixed number of them.
///
/// A key that is used again while it is held finds the same value. When a place is needed, the least recently used of a
/// few entries goes, chosen at random and keepers last; an exact order would need a write per hit. The values are
/// cheap handles: one that is forgotten lives on for whoever still uses it.
pub(crate) struct Keyed<V> {
    max_keys: usize,
    idle: Duration,
    entries: RwLock<IndexMap<Box<str>, Entry<V>>>,
    /// Keyed, so that nobody can make up a long key that hashes like another.
    hashing: RandomState,
}

struct Entry<V> {
    value: V,
    /// Nanoseconds, written by hits, which hold the lock for reading only. Relaxed: a stamp orders nothing else.
    used: AtomicU64,
}

impl<V> Entry<V> {
    fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }
}

impl<V: Clone> Keyed<V> {
    /// At most `max_keys` values (0 is taken as 1), forgotten when not used for `idle`.
    pub(crate) fn new(max_keys: usize, idle: Duration) -> Self {
        Self { max_keys: max_keys.max(1), idle, entries: RwLock::default(), hashing: RandomState::new() }
    }

    /// The value of `key`; when the key is new, what `make` makes of its text.
    ///
    /// Where a place is needed, an entry that is `busy` goes only if nothing else is in the sample. `evicted` sees each
    /// value that is forgotten. The key's `Display`, `make` and `evicted` run outside the lock; `busy` runs inside and
    /// must be short. When two threads bring a new key at once, both make a value and one of the two is dropped.
    pub(crate) fn get_or_insert_with<K: Display + ?Sized>(
        &self,
        key: &K,
        now: Instant,
        make: impl FnOnce(&str) -> V,
        busy: impl Fn(&V) -> bool,
        evicted: impl Fn(&V),
    ) -> V {
        let key = Text::of(&key, &self.hashing);
        let key = key.as_str();
        if let Some(entry) = self.entries.read().get(key) {
            entry.used.store(now.as_nanos(), Ordering::Relaxed);
            return entry.value.clone();
        }
        let made = make(key);
        let (value, forgotten) = self.insert(key, made, now, busy);
        forgotten.iter().for_each(evicted);
        value
    }

    /// Inserts `made`, unless another thread was faster, and makes room for it.
    fn insert(&self, key: &str, made: V, now: Instant, busy: impl Fn(&V) -> bool) -> (V, Vec<V>) {
        let mut forgotten = Vec::new();
        let mut entries = self.entries.write();
        if let Some(entry) = entries.get(key) {
            return (entry.value.clone(), forgotten);
        }
        for _ in 0..SWEEP {
            let place = rng::below(entries.len());
            let idle = |(_, entry): (_, &Entry<V>)| self.is_idle(entry, now) && !busy(&entry.value);
            if entries.get_index(place).is_some_and(idle) {
                forgotten.extend(entries.swap_remove_index(place).map(|(_, entry)| entry.value));
            }
        }
        if entries.len() >= self.max_keys {
            // A small map is looked at as a whole: chance must not miss its one entry that may go.
            let whole = entries.len() <= SAMPLE;
            let victim = (0..SAMPLE.min(entries.len()))
                .map(|place| if whole { place } else { rng::below(entries.len()) })
                .min_by_key(|place| entries.get_index(*place).map(|(_, entry)| (busy(&entry.value), entry.used())));
            let removed = victim.and_then(|place| entries.swap_remove_index(place));
            forgotten.extend(removed.map(|(_, entry)| entry.value));
        }
        entries.insert(key.into(), Entry { value: made.clone(), used: AtomicU64::new(now.as_nanos()) });
        (made, forgotten)
    }

    fn is_idle(&self, entry: &Entry<V>, now: Instant) -> bool {
        now.as_nanos().saturating_sub(entry.used()) >= nanos(self.idle)
    }

    /// Forgets the entries that are idle, except those to `keep`. `keep` and `evicted` run outside the lock.
    pub(crate) fn sweep(&self, now: Instant, keep: impl Fn(&V) -> bool, evicted: impl Fn(&V)) {
        let mut idle: Vec<(Box<str>, V)> = {
            let entries = self.entries.read();
            let idle = entries.iter().filter(|(_, entry)| self.is_idle(entry, now));
            idle.map(|(key, entry)| (key.clone(), entry.value.clone())).collect()
        };
        idle.retain(|(_, value)| !keep(value));
        if idle.is_empty() {
            return;
        }
        {
            let mut entries = self.entries.write();
            // A key that was used in the meantime stays.
            idle.retain(|(key, _)| {
                let is_idle = entries.get(key).is_some_and(|entry| self.is_idle(entry, now));
                is_idle && entries.swap_remove(key).is_some()
            });
        }
        idle.iter().for_each(|(_, value)| evicted(value));
    }

    /// Forgets `key`, if it is held.
    pub(crate) fn remove<K: Display + ?Sized>(&self, key: &K) -> Option<V> {
        self.remove_text(Text::of(&key, &self.hashing).as_str())
    }

    /// Forgets the key that is held as `text`: a long one is held cut.
    pub(crate) fn remove_text(&self, text: &str) -> Option<V> {
        self.entries.write().swap_remove(text).map(|entry| entry.value)
    }

    /// The values held.
    pub(crate) fn values(&self) -> Vec<V> {
        self.entries.read().values().map(|entry| entry.value.clone()).collect()
    }

    /// How many keys are held.
    pub(crate) fn len(&self) -> usize {
        self.entries.read().len()
    }
}

#[cfg(all(test, resilience_loom))]
mod interleavings;
#[cfg(test)]
mod tests;
