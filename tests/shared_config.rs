//! Options that several policies share.

use std::time::Duration;

use resilience::{
    Budget, BudgetConfig, CircuitBreaker, CircuitBreakerConfig, Retry, RetryConfig, Timeout, TimeoutConfig,
};

#[test]
fn what_is_set_after_the_shared_options_has_precedence_and_what_was_set_before_goes()
-> Result<(), Box<dyn std::error::Error>> {
    let shared = CircuitBreakerConfig::new(|options| options.failure_threshold(2).success_threshold(3));
    let before = CircuitBreaker::builder("before").success_threshold(7).config(&shared).build()?.stats();
    let after = CircuitBreaker::builder("after").config(&shared).success_threshold(7).build()?.stats();
    assert_eq!((before.failure_threshold, before.success_threshold), (Some(2), 3));
    assert_eq!((after.failure_threshold, after.success_threshold), (Some(2), 7));
    let defaults = CircuitBreaker::builder("defaults").config(&CircuitBreakerConfig::default()).build()?.stats();
    assert_eq!((defaults.failure_threshold, defaults.success_threshold), (Some(5), 1));
    Ok(())
}

#[test]
fn a_wrong_value_is_told_of_by_the_policy_that_is_built() {
    let second = Duration::from_secs(1);
    let breaker = CircuitBreakerConfig::new(|options| options.failure_rate(2.0));
    let retry = RetryConfig::new(|options| options.max_attempts(0).max_elapsed(second));
    let timeout = TimeoutConfig::new(|options| options.duration(Duration::ZERO));
    let budget = BudgetConfig::new(|options| options.ratio(-1.0));
    let wrong = [
        CircuitBreaker::builder("a").config(&breaker).build().map(drop),
        Retry::builder("a").config(&retry).build().map(drop),
        Timeout::builder("a").config(&timeout).build().map(drop),
        Budget::builder("a").config(&budget).build().map(drop),
    ];
    let told = wrong.map(|built| built.map_err(|error| (error.name().to_owned(), error.option())));
    let expected = ["failure_rate", "max_attempts", "duration", "ratio"];
    assert_eq!(told, expected.map(|option| Err(("a".to_owned(), option))));
    assert!(Retry::builder("a").config(&retry).max_attempts(1).build().is_ok());
}

#[test]
fn options_are_shared_and_nothing_else() -> Result<(), resilience::ConfigError> {
    let shared = CircuitBreakerConfig::new(|options| options.failure_threshold(1));
    let (one, other) =
        (CircuitBreaker::builder("one").config(&shared), CircuitBreaker::builder("other").config(&shared));
    let (one, other) = (one.build()?, other.build()?);
    let _ = one.call(|| None::<u8>);
    assert_eq!((one.state().as_str(), other.state().as_str()), ("open", "closed"));
    assert_eq!(
        Timeout::builder("t").config(&TimeoutConfig::default()).duration(Duration::from_secs(1)).build()?.name(),
        "t"
    );
    Ok(())
}
