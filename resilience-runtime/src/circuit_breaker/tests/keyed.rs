//! Families of breakers: what is kept, and what is forgotten.

#[cfg(feature = "test-util")]
use std::time::Duration;

use super::super::{CircuitBreaker, CircuitBreakerBuilder, KeyedCircuitBreaker};
#[cfg(feature = "test-util")]
use crate::clock;
use crate::state::CircuitState;

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
}
