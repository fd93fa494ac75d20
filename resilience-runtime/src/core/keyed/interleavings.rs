//! Eviction against use.

use std::time::Duration;

use super::Keyed;
use crate::core::clock::Instant;
use crate::core::rng;
use crate::core::sync::{Arc, AtomicUsize, Mutex, Ordering, check, thread};

const EARLY: Instant = Instant::from_nanos(1);
const LATE: Instant = Instant::from_nanos(1_000_000_000);

/// A map of numbered values that notes what was evicted.
struct Map {
    keyed: Keyed<usize>,
    made: AtomicUsize,
    evicted: Mutex<Vec<usize>>,
}

impl Map {
    fn new(max_keys: usize) -> Arc<Self> {
        // The same choices in every run, or the checker could not repeat it.
        rng::seed(7);
        let keyed = Keyed::new(max_keys, Duration::from_secs(1) - Duration::from_nanos(1));
        Arc::new(Self { keyed, made: AtomicUsize::new(0), evicted: Mutex::default() })
    }

    fn get(&self, key: &str, now: Instant) -> usize {
        let make = |_: &str| self.made.fetch_add(1, Ordering::Relaxed);
        self.keyed.get_or_insert_with(key, now, make, |_| false, |value| self.evicted(*value))
    }

    fn sweep(&self, now: Instant) {
        self.keyed.sweep(now, |_| false, |value| self.evicted(*value));
    }

    fn evicted(&self, value: usize) {
        self.evicted.lock().push(value);
    }

    fn seen_evicted(&self) -> Vec<usize> {
        self.evicted.lock().clone()
    }
}

/// Fails when `insert` does not look for the key again under the lock for writing.
#[test]
fn two_that_bring_a_new_key_share_its_value() {
    check(|| {
        let map = Map::new(2);
        let other = Arc::clone(&map);
        let other = thread::spawn(move || other.get("berlin", EARLY));
        let own = map.get("berlin", EARLY);
        assert_eq!(own, other.join().unwrap());
        assert_eq!((map.keyed.values(), map.seen_evicted()), (vec![own], vec![]));
    });
}

/// Fails when `insert` lets the map grow by one more, when it takes no victim, and when it lets go of its lock between
/// the two.
#[test]
fn there_are_never_more_keys_than_allowed() {
    check(|| {
        let map = Map::new(1);
        let threads = ["berlin", "oslo"].map(|key| {
            let map = Arc::clone(&map);
            thread::spawn(move || map.get(key, EARLY))
        });
        assert!(map.keyed.len() <= 1);
        let mut got = threads.map(|thread| thread.join().unwrap());
        got.sort_unstable();
        let mut known = [map.keyed.values(), map.seen_evicted()].concat();
        known.sort_unstable();
        assert_eq!((map.keyed.len(), known), (1, got.to_vec()), "one stays, the other is told as evicted");
    });
}

/// Fails when `sweep` tells of a key that was no longer there to be removed.
#[test]
fn what_is_evicted_is_told_once() {
    check(|| {
        let map = Map::new(2);
        let idle = map.get("berlin", EARLY);
        let other = Arc::clone(&map);
        let other = thread::spawn(move || other.sweep(LATE));
        // Sweeps as well: of two places that it looks at, one is that of the idle key.
        map.get("oslo", LATE);
        map.sweep(LATE);
        other.join().unwrap();
        assert_eq!((map.seen_evicted(), map.keyed.len()), (vec![idle], 1));
    });
}

/// Fails when `remove_text` looks for the key under one lock and takes it away under another.
#[test]
fn what_is_removed_is_handed_to_one() {
    check(|| {
        let map = Map::new(2);
        let value = map.get("berlin", EARLY);
        let other = Arc::clone(&map);
        let other = thread::spawn(move || other.keyed.remove("berlin"));
        map.sweep(LATE);
        let own = map.keyed.remove("berlin");
        let taken: Vec<_> = [own, other.join().unwrap()].into_iter().flatten().chain(map.seen_evicted()).collect();
        assert_eq!((taken, map.keyed.len()), (vec![value], 0));
    });
}

/// Fails when `sweep` does not ask again, under the lock for writing, whether the key is idle.
#[test]
fn a_key_in_use_is_not_swept_away() {
    check(|| {
        let map = Map::new(2);
        let idle = map.get("berlin", EARLY);
        let other = Arc::clone(&map);
        let other = thread::spawn(move || other.sweep(LATE));
        let used = map.get("berlin", LATE);
        other.join().unwrap();
        let swept = if used == idle { vec![] } else { vec![idle] };
        assert_eq!((map.keyed.values(), map.seen_evicted()), (vec![used], swept), "what is in use is in the map");
    });
}
