//! Functions that name one breaker share it.

use crate::support::*;
use resilience::{CircuitState, circuit_breaker};

/// The first of them to be registered brings the options.
const NAME: &str = "circuit_breaker::shared::jira";

#[circuit_breaker(name = "circuit_breaker::shared::jira", failure_threshold = 3, recovery_timeout = "10s")]
async fn search(script: &Script) -> Reply {
    script.play_async().await
}

#[circuit_breaker(name = "circuit_breaker::shared::jira", failure_threshold = 3, recovery_timeout = "10s")]
fn create(script: &Script) -> Option<u32> {
    script.play().ok()
}

struct Client;

impl Client {
    #[circuit_breaker(name = NAME, failure_threshold = 3, recovery_timeout = "10s")]
    async fn comment(&self, script: &Script) -> Reply {
        script.play_async().await
    }
}

#[tokio::test(start_paused = true)]
async fn the_failures_of_all_functions_open_it_for_all() {
    let script = Script::new([fail(500)]);
    let breaker = resilience::registry().circuit_breaker(NAME).unwrap();
    assert_eq!(search(&script).await, Err(Failure::Status(500)));
    assert_eq!(create(&script), None);
    assert_eq!(breaker.state(), CircuitState::Closed);
    assert_eq!(Client.comment(&script).await, Err(Failure::Status(500)));
    assert_eq!(breaker.state(), CircuitState::Open);

    assert!(is_open(&search(&script).await));
    assert_eq!(create(&script), None);
    assert!(is_open(&Client.comment(&script).await));
    assert_eq!((script.calls(), breaker.stats().rejected), (3, 3));

    tokio::time::advance(secs(10)).await;
    script.then([ok(1)]);
    assert_eq!(create(&script), Some(1));
    assert_eq!(search(&script).await, Ok(1), "the probe of one closed it for all");
}

#[circuit_breaker(name = "circuit_breaker::shared::one", failure_threshold = 1)]
fn one(script: &Script) -> Reply {
    script.play()
}

#[circuit_breaker(name = "circuit_breaker::shared::other", failure_threshold = 1)]
fn other(script: &Script) -> Reply {
    script.play()
}

#[test]
fn breakers_of_different_names_know_nothing_of_each_other() {
    let _clock = stopped();
    let script = Script::new([fail(500), ok(1)]);
    let _ = one(&script);
    assert!(is_open(&one(&script)));
    assert_eq!(other(&script), Ok(1));
}

fn generic<T: Into<u32> + Copy>(value: T, script: &Script) -> Reply {
    #[circuit_breaker(name = "circuit_breaker::shared::generic", failure_threshold = 2)]
    fn inner<T: Into<u32>>(value: T, script: &Script) -> Reply {
        script.play().map(|_| value.into())
    }
    inner(value, script)
}

#[test]
fn every_instance_of_a_generic_function_shares_one_breaker() {
    let _clock = stopped();
    let script = Script::new([fail(500)]);
    let _ = generic(1_u8, &script);
    let _ = generic(1_u16, &script);
    assert!(is_open(&generic(1_u32, &script)));
    assert_eq!(script.calls(), 2);
}
