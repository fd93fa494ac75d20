//! Families of breakers: what is kept, and what is forgotten.

#[cfg(feature = "test-util")]
use std::time::Duration;

use super::super::{CircuitBreaker, CircuitBreakerBuilder, KeyedCircuitBreaker};
#[cfg(feature = "test-util")]
use crate::core::clock;
use crate::core::state::CircuitState;

fn family(each: CircuitBreakerBuilder, max_keys: usize) -> KeyedCircuitBreaker {
    KeyedCircuitBreaker::new(each.failure_threshold(1), max_keys).unwrap()
}

#[cfg(feature = "test-util")]
const HOUR: Duration = Duration::from_secs(3_600);

#[cfg(feature = "test-util")]
#[test]
fn reading_does_not_close_an_open_key() {
    let clock = clock::manual();
    let family = family(CircuitBreaker::builder("read").recovery_timeout(2 * HOUR), 10);
    let _ = family.get("down").call(|| None::<()>);
    let _ = family.get("idle").call(|| Some(()));
    clock.advance(HOUR);
    let kept: Vec<_> = family.instances().iter().map(|breaker| breaker.name().to_owned()).collect();
    assert_eq!(kept, ["read[down]"], "an idle key that is closed is forgotten");
    assert_eq!(family.get("down").state(), CircuitState::Open);
    clock.advance(HOUR + HOUR);
    assert!(family.instances().is_empty(), "its time has passed");
}

/// One call that fails, and so opens its key.
#[cfg(feature = "test-util")]
fn open(family: &KeyedCircuitBreaker, key: &str) {
    let _ = family.get(key).call(|| None::<()>);
}

/// How many of the keys `prefix-0`, `prefix-1`, .. are held still.
#[cfg(feature = "test-util")]
fn held(family: &KeyedCircuitBreaker, prefix: &str) -> usize {
    let prefix = format!("{}[{prefix}-", family.name());
    family.instances().iter().filter(|breaker| breaker.name().starts_with(&prefix)).count()
}

#[cfg(feature = "test-util")]
#[test]
fn keys_that_opened_long_ago_make_room_for_live_ones() {
    let clock = clock::manual();
    let family = family(CircuitBreaker::builder("day"), 1_000);
    (0..1_000).for_each(|key| open(&family, &format!("old-{key}")));
    clock.advance(24 * HOUR);
    for key in 0..400 {
        let _ = family.get(&format!("new-{key}")).call(|| Some(()));
    }
    assert_eq!(held(&family, "new"), 400);
}

#[cfg(feature = "test-util")]
#[test]
fn keys_whose_recovery_timeout_has_just_passed_go_before_live_ones() {
    let clock = clock::manual();
    let family = family(CircuitBreaker::builder("minute"), 1_000);
    (0..1_000).for_each(|key| open(&family, &format!("old-{key}")));
    clock.advance(HOUR / 60);
    for key in 0..400 {
        let _ = family.get(&format!("new-{key}")).call(|| Some(()));
    }
    // A sample of eight that meets live keys only has a chance of 0.4 to the eighth at worst.
    assert!(held(&family, "new") >= 395, "{}", held(&family, "new"));
}

#[cfg(feature = "test-util")]
#[test]
fn keys_that_are_made_up_do_not_push_out_one_that_refuses() {
    let clock = clock::manual();
    let family = family(CircuitBreaker::builder("victim").recovery_timeout(2 * HOUR), 100);
    open(&family, "victim");
    for key in 0..10_000 {
        clock.advance(HOUR / 10_000);
        let _ = family.get(&key).call(|| Some(()));
    }
    assert_eq!(family.get("victim").state(), CircuitState::Open);
}

#[cfg(feature = "test-util")]
#[test]
fn keys_that_are_made_up_do_not_push_out_one_that_waits_for_its_probe() {
    let clock = clock::manual();
    let family = family(CircuitBreaker::builder("probe").recovery_timeout(HOUR).half_open_max_calls(2), 4);
    open(&family, "victim");
    clock.advance(HOUR);
    let victim = family.get("victim");
    let probe = victim.try_acquire().unwrap();
    let flood =
        |keys: std::ops::Range<u32>| keys.for_each(|key| assert_eq!(family.get(&key).call(|| Some(())), Some(())));
    flood(0..1_000);
    assert_eq!(family.get("victim").state(), CircuitState::HalfOpen);
    clock.advance(HOUR);
    flood(1_000..2_000);
    assert_eq!(family.get("victim").state(), CircuitState::Closed, "a probe that never reports keeps no place");
    drop(probe);
}

#[test]
fn new_keys_do_not_push_out_a_state_set_by_hand() {
    let family = family(CircuitBreaker::builder("hand"), 4);
    family.get("dry run").metrics_only();
    for key in 0..1_000 {
        let _ = family.get(&key);
    }
    assert_eq!((family.len(), family.get("dry run").state()), (4, CircuitState::MetricsOnly));
}

#[test]
fn the_totals_of_a_family_keep_what_forgotten_keys_counted() {
    let family = family(CircuitBreaker::builder("totals"), 2);
    for key in 0..100 {
        let _ = family.get(&key).call(|| (key % 2 == 0).then_some(()));
    }
    let totals = family.totals();
    assert_eq!((family.len(), totals.success, totals.failure), (2, 50, 50));
    assert!(family.remove(&99).is_some());
    assert_eq!((family.len(), family.totals().failure), (1, 50));
}
