use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fmt;

use proptest::prelude::*;

use super::text::{HASH, LONGEST};
use super::*;
use crate::core::sync::Arc;

const IDLE: Duration = Duration::from_secs(60);
const NOW: Instant = Instant::from_nanos(86_400_000_000_000);

fn later(seconds: u64) -> Instant {
    NOW.saturating_add(Duration::from_secs(seconds))
}

/// A value that knows its key and whether it is to be kept.
#[derive(Debug, Clone)]
struct Value(Arc<(String, bool)>);

fn keyed(max_keys: usize) -> Keyed<Value> {
    Keyed::new(max_keys, IDLE)
}

fn busy(value: &Value) -> bool {
    value.0.1
}

/// Uses a key; one that begins with `busy` is to be kept.
fn get<K: Display + ?Sized>(keyed: &Keyed<Value>, key: &K, now: Instant) -> Value {
    let make = |key: &str| Value(Arc::new((key.to_owned(), key.starts_with("busy"))));
    keyed.get_or_insert_with(key, now, make, busy, |_| ())
}

fn keys(keyed: &Keyed<Value>) -> Vec<String> {
    let mut keys: Vec<_> = keyed.values().iter().map(|value| value.0.0.clone()).collect();
    keys.sort();
    keys
}

#[test]
fn a_key_finds_its_value_again() {
    let keyed = keyed(10);
    let (first, other) = (get(&keyed, "a", NOW), get(&keyed, "b", NOW));
    assert!(Arc::ptr_eq(&first.0, &get(&keyed, "a", later(5)).0));
    assert!(!Arc::ptr_eq(&first.0, &other.0));
    assert_eq!(keyed.len(), 2);
}

#[test]
fn keys_of_different_types_with_one_text_are_one_key() {
    let keyed = keyed(10);
    let text = get(&keyed, "42", NOW);
    assert!(Arc::ptr_eq(&text.0, &get(&keyed, &42, NOW).0));
}

#[test]
fn a_full_family_forgets_the_least_recently_used_of_its_sample() {
    let mut oldest = 0;
    for _ in 0..200 {
        let keyed = keyed(3);
        get(&keyed, "first", NOW);
        get(&keyed, "second", later(1));
        get(&keyed, "third", later(2));
        get(&keyed, "first", later(3));
        let forgotten = RefCell::new(Vec::new());
        let make = |key: &str| Value(Arc::new((key.to_owned(), false)));
        keyed.get_or_insert_with("new", later(4), make, busy, |value| forgotten.borrow_mut().push(value.0.0.clone()));
        assert_eq!(keyed.len(), 3);
        assert!(keys(&keyed).contains(&"new".to_owned()), "the newcomer is never the victim");
        oldest += usize::from(forgotten.into_inner() == ["second"]);
    }
    // Eight draws of three miss the oldest one time in 26.
    assert!(oldest > 170, "{oldest} of 200");
}

#[test]
fn keys_without_end_do_not_push_out_what_is_busy() {
    let keyed = keyed(100);
    for key in 0..50 {
        get(&keyed, &format!("busy-{key}"), NOW);
    }
    for key in 0..10_000 {
        get(&keyed, &key, later(1));
    }
    let busy = keys(&keyed).iter().filter(|key| key.starts_with("busy")).count();
    // A sample of eight that misses all of the fifty others has a chance of 1 in 256 at worst; each such miss costs
    // one busy entry and makes the next less likely.
    assert!(busy >= 25, "{busy} of 50 are left");
    assert_eq!(keyed.len(), 100);
}

#[test]
fn a_family_in_which_all_are_busy_still_keeps_its_bound() {
    let keyed = keyed(4);
    for key in 0..20 {
        get(&keyed, &format!("busy-{key}"), NOW);
    }
    assert_eq!(keyed.len(), 4);
    assert!(keys(&keyed).contains(&"busy-19".to_owned()));
}

#[test]
fn a_bound_of_zero_is_taken_as_one() {
    let keyed = keyed(0);
    get(&keyed, "a", NOW);
    get(&keyed, "b", NOW);
    assert_eq!(keys(&keyed), ["b"]);
}

#[test]
fn a_sweep_forgets_what_is_idle_and_tells() {
    let keyed = keyed(10);
    get(&keyed, "idle", NOW);
    get(&keyed, "busy idle", NOW);
    get(&keyed, "used", NOW);
    get(&keyed, "used", later(59));
    let forgotten = RefCell::new(Vec::new());
    keyed.sweep(later(60), busy, |value| forgotten.borrow_mut().push(value.0.0.clone()));
    assert_eq!(keys(&keyed), ["busy idle", "used"]);
    assert_eq!(forgotten.into_inner(), ["idle"]);
}

#[test]
fn new_keys_make_a_family_forget_what_is_idle() {
    let keyed = keyed(10_000);
    for key in 0..200 {
        get(&keyed, &key, NOW);
    }
    for key in 1000..2000 {
        get(&keyed, &key, later(61));
    }
    assert!(keyed.len() < 1150, "{} are left", keyed.len());
}

#[test]
fn every_forgotten_value_is_told_once() {
    let keyed = keyed(5);
    let told = RefCell::new(HashSet::new());
    for key in 0..500 {
        let make = |key: &str| Value(Arc::new((key.to_owned(), false)));
        keyed.get_or_insert_with(&key, later(key), make, busy, |value| {
            assert!(told.borrow_mut().insert(value.0.0.clone()), "{value:?} twice");
        });
    }
    let held = keys(&keyed);
    assert!(held.iter().all(|key| !told.borrow().contains(key)));
    assert_eq!(told.into_inner().len() + held.len(), 500);
}

#[test]
fn a_long_key_costs_bounded_memory_and_is_still_itself() {
    let keyed = keyed(10);
    let (one, two) = ("x".repeat(100_000), format!("{}y", "x".repeat(99_999)));
    let first = get(&keyed, &one, NOW);
    assert!(Arc::ptr_eq(&first.0, &get(&keyed, &one, NOW).0));
    assert!(!Arc::ptr_eq(&first.0, &get(&keyed, &two, NOW).0));
    assert!(keys(&keyed).iter().all(|key| key.len() <= LONGEST + HASH));
}

#[test]
fn a_short_key_cannot_pass_for_a_long_one() {
    let keyed = keyed(10);
    let long = get(&keyed, &"x".repeat(200), NOW);
    assert!(long.0.0.len() > LONGEST);
    let copy = get(&keyed, &long.0.0, NOW);
    assert!(!Arc::ptr_eq(&long.0, &copy.0));
}

#[test]
fn a_panic_in_the_display_of_a_key_leaves_the_family_as_it_was() {
    struct Bad;
    impl Display for Bad {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("half")?;
            panic!("no text")
        }
    }
    let keyed = keyed(10);
    get(&keyed, "a", NOW);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| get(&keyed, &Bad, NOW)));
    assert!(outcome.is_err());
    get(&keyed, "b", NOW);
    assert_eq!(keys(&keyed), ["a", "b"]);
}

#[test]
fn the_display_of_a_key_may_use_the_family() {
    struct Nosy<'a>(&'a Keyed<Value>);
    impl Display for Nosy<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            get(self.0, "inner", NOW);
            write!(f, "outer-{}", self.0.len())
        }
    }
    let keyed = keyed(10);
    get(&keyed, &Nosy(&keyed), NOW);
    assert_eq!(keys(&keyed), ["inner", "outer-1"]);
}

#[test]
fn making_a_value_may_use_the_family() {
    let keyed = keyed(10);
    let make = |key: &str| Value(Arc::new((format!("{key}-{}", get(&keyed, "inner", NOW).0.0), false)));
    keyed.get_or_insert_with("outer", NOW, make, busy, |_| ());
    assert_eq!(keys(&keyed), ["inner", "outer-inner"]);
}

#[test]
fn a_value_that_another_caller_has_made_meanwhile_wins() {
    let keyed = keyed(10);
    let faster = RefCell::new(None);
    let make = |key: &str| {
        faster.replace(Some(get(&keyed, key, NOW)));
        Value(Arc::new((key.to_owned(), false)))
    };
    let value = keyed.get_or_insert_with("a", NOW, make, busy, |_| ());
    assert!(Arc::ptr_eq(&value.0, &faster.take().unwrap().0));
    assert_eq!(keyed.len(), 1);
}

#[test]
fn a_hit_makes_nothing() {
    let keyed = keyed(10);
    get(&keyed, "a", NOW);
    let made = Cell::new(false);
    let make = |key: &str| {
        made.set(true);
        Value(Arc::new((key.to_owned(), false)))
    };
    keyed.get_or_insert_with("a", NOW, make, busy, |_| ());
    assert!(!made.get());
}

#[test]
fn threads_that_bring_one_key_share_one_value() {
    let keyed = keyed(10);
    let values: Vec<Value> = std::thread::scope(|scope| {
        let users: Vec<_> = (0..8).map(|_| scope.spawn(|| get(&keyed, "one", NOW))).collect();
        users.into_iter().map(|user| user.join().unwrap()).collect()
    });
    assert!(values.iter().all(|value| Arc::ptr_eq(&value.0, &values[0].0)));
}

/// A text that is written in the given pieces.
struct Pieces(Vec<String>);

impl Display for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| f.write_str(piece))
    }
}

proptest! {
    #[test]
    fn a_key_does_not_depend_on_the_pieces_it_is_written_in(pieces in proptest::collection::vec(".{0,90}", 0..6)) {
        let keyed = keyed(10);
        let whole = pieces.concat();
        let value = get(&keyed, &Pieces(pieces), NOW);
        prop_assert!(Arc::ptr_eq(&value.0, &get(&keyed, &whole, NOW).0));
        if whole.len() <= LONGEST {
            prop_assert_eq!(&value.0.0, &whole);
        } else {
            let prefix = &value.0.0[..value.0.0.len() - HASH];
            prop_assert!(whole.starts_with(prefix) && prefix.len() > LONGEST - 4);
        }
    }

    #[test]
    fn the_bound_holds_whatever_is_asked_for(max_keys in 1..20_usize, keys in proptest::collection::vec((0..40_u8, 0..100_u64), 1..300)) {
        let keyed = keyed(max_keys);
        for (key, at) in keys {
            let name = if key % 3 == 0 { format!("busy-{key}") } else { key.to_string() };
            let value = get(&keyed, &name, later(at));
            prop_assert_eq!(&value.0.0, &name);
            prop_assert!(keyed.len() <= max_keys);
        }
    }
}
