//! What a look-up gives: the policy itself.

use resilience::{Error, circuit_breaker, retry};

use super::function;

#[circuit_breaker(name = "steered", failure_threshold = 1)]
fn steered() -> Result<(), Error> {
    Ok(())
}

#[circuit_breaker(name = "per_tenant", key = tenant, failure_threshold = 1)]
fn per_tenant(tenant: &str) -> Result<(), Error> {
    Ok(())
}

#[test]
fn a_breaker_that_is_looked_up_steers_the_function() {
    let breaker = resilience::registry().circuit_breaker("steered").unwrap();
    breaker.force_open();
    assert!(matches!(steered(), Err(Error::CircuitOpen(_))));
    breaker.force_closed();
    assert_eq!(steered(), Ok(()));
    assert_eq!((breaker.stats().rejected, breaker.stats().total_successes), (1, 1));
}

#[test]
fn the_breaker_of_one_key_is_looked_up_by_its_name() {
    let registry = resilience::registry();
    per_tenant("acme").unwrap();
    registry.circuit_breaker("per_tenant[acme]").unwrap().force_open();
    assert!(per_tenant("acme").is_err());
    assert!(per_tenant("zeta").is_ok());
    assert!(registry.circuit_breaker("per_tenant[nobody]").is_none());
}

#[retry(max_attempts = tries, base_delay = "1ms")]
fn dynamic(tries: u32) -> Result<(), u32> {
    Err(tries)
}

#[test]
fn options_that_need_the_arguments_are_known_from_the_first_call_on() {
    let path = function("handles::dynamic").path();
    assert!(resilience::registry().retry(path).is_none());
    let _ = dynamic(2);
    assert_eq!(resilience::registry().retry(path).unwrap().stats().retries, 1);
}
