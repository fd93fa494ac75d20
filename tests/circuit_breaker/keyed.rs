//! `key = expr`: a breaker per endpoint, tenant or user.

use std::fmt;

use crate::support::*;
use resilience::{CircuitState, circuit_breaker, registry};

#[circuit_breaker(name = "keyed::warehouse", key = warehouse, failure_threshold = 2, recovery_timeout = "10s")]
fn stock(warehouse: &str, script: &Script) -> Reply {
    script.play()
}

#[circuit_breaker(name = "keyed::warehouse_async", key = warehouse, failure_threshold = 2, recovery_timeout = "10s")]
async fn stock_async(warehouse: &str, script: &Script) -> Reply {
    script.play_async().await
}

#[test]
fn each_key_has_a_state_of_its_own() {
    let _clock = stopped();
    let script = Script::new([fail(500)]);
    let _ = stock("berlin", &script);
    let _ = stock("oslo", &script);
    let _ = stock("berlin", &script);
    assert!(is_open(&stock("berlin", &script)));
    assert_eq!(stock("oslo", &script), Err(Failure::Status(500)), "its second failure");
    assert!(is_open(&stock("oslo", &script)));
    script.then([ok(1)]);
    assert_eq!(stock("rome", &script), Ok(1));

    let stats = |name: &str| registry().circuit_breaker(name).unwrap().stats();
    assert_eq!(stats("keyed::warehouse[berlin]").state, CircuitState::Open);
    assert_eq!(stats("keyed::warehouse[rome]").state, CircuitState::Closed);
    assert_eq!((stats("keyed::warehouse[oslo]").total_failures, stats("keyed::warehouse[oslo]").rejected), (2, 1));
    let family = registry().keyed_circuit_breaker("keyed::warehouse").unwrap();
    assert_eq!((family.len(), family.max_keys()), (3, 10_000));
}

#[tokio::test(start_paused = true)]
async fn each_key_recovers_by_itself() {
    let script = Script::new([fail(500)]);
    for _ in 0..2 {
        let _ = stock_async("berlin", &script).await;
    }
    tokio::time::advance(secs(6)).await;
    for _ in 0..2 {
        let _ = stock_async("oslo", &script).await;
    }
    tokio::time::advance(secs(4)).await;
    script.then([ok(1)]);
    assert_eq!(stock_async("berlin", &script).await, Ok(1));
    assert!(is_open(&stock_async("oslo", &script).await));
}

#[circuit_breaker(name = "keyed::bounded", key = user, max_keys = 8, failure_threshold = 1)]
fn by_user(user: u64, script: &Script) -> Reply {
    script.play()
}

#[test]
fn an_attacker_who_varies_the_key_costs_bounded_memory() {
    let _clock = stopped();
    let script = Script::new([ok(1)]);
    let family = registry().keyed_circuit_breaker("keyed::bounded").unwrap();
    for user in 0..10_000 {
        assert_eq!(by_user(user, &script), Ok(1));
        assert!(family.len() <= 8);
    }
    assert_eq!((family.len(), family.max_keys(), family.instances().len()), (8, 8, 8));
}

#[circuit_breaker(name = "keyed::busy", key = user, max_keys = 16, failure_threshold = 1, recovery_timeout = "1h")]
fn under_attack(user: u64, script: &Script) -> Reply {
    script.play()
}

#[test]
fn an_open_breaker_outlives_keys_that_are_made_up() {
    let _clock = stopped();
    let script = Script::new([fail(500)]);
    let _ = under_attack(7, &script);
    script.then([ok(1)]);
    for user in 100..2_000 {
        let _ = under_attack(user, &script);
    }
    assert!(is_open(&under_attack(7, &script)), "a closed breaker goes first");
}

#[circuit_breaker(name = "keyed::idle", key = user, failure_threshold = 1)]
fn now_and_then(user: u64, script: &Script) -> Reply {
    script.play()
}

#[test]
fn a_key_that_nobody_uses_any_more_is_forgotten() {
    let _clock = stopped();
    let script = Script::new([ok(1)]);
    let family = registry().keyed_circuit_breaker("keyed::idle").unwrap();
    for user in 0..100 {
        let _ = now_and_then(user, &script);
    }
    assert_eq!(family.instances().len(), 100);
    pass(secs(24 * 3600));
    let _ = now_and_then(1000, &script);
    assert_eq!(family.instances().len(), 1);
}

/// A client of one endpoint of many.
struct Client {
    host: String,
}

#[derive(Clone, Copy)]
struct Tenant(u32);

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tenant-{}", self.0)
    }
}

impl Client {
    #[circuit_breaker(name = "keyed::host", key = self.host, failure_threshold = 1)]
    fn get(&self, script: &Script) -> Reply {
        script.play()
    }

    #[circuit_breaker(name = "keyed::tenant", key = format_args!("{}/{tenant}", self.host), failure_threshold = 1)]
    async fn get_for(&self, tenant: Tenant, script: &Script) -> Reply {
        script.play_async().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_is_any_expression_that_can_be_displayed() {
    let script = Script::new([fail(500)]);
    let (one, other) = (Client { host: "one".into() }, Client { host: "other".into() });
    let _ = one.get(&script);
    assert!(is_open(&one.get(&script)));
    assert_eq!(other.get(&script), Err(Failure::Status(500)));
    let _ = one.get_for(Tenant(3), &script).await;
    assert!(is_open(&one.get_for(Tenant(3), &script).await));
    assert_eq!(one.get_for(Tenant(4), &script).await, Err(Failure::Status(500)));
    assert!(registry().circuit_breaker("keyed::tenant[one/tenant-3]").is_some());
}

#[circuit_breaker(name = "keyed::long", key = key, failure_threshold = 1)]
fn with_a_long_key(key: &str, script: &Script) -> Reply {
    script.play()
}

#[test]
fn long_keys_are_told_apart_and_cost_little() {
    let _clock = stopped();
    let script = Script::new([fail(500)]);
    let (one, other) = ("x".repeat(100_000) + "1", "x".repeat(100_000) + "2");
    let _ = with_a_long_key(&one, &script);
    assert!(is_open(&with_a_long_key(&one, &script)));
    assert_eq!(with_a_long_key(&other, &script), Err(Failure::Status(500)));
    let family = registry().keyed_circuit_breaker("keyed::long").unwrap();
    assert!(family.instances().iter().all(|breaker| breaker.name().len() < 300));
}
