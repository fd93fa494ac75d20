//! An error of your own: one variant `#[from] resilience::Error`.

// [recipe]
use resilience::{circuit_breaker, retry};

#[derive(Debug, thiserror::Error)]
enum BillingError {
    #[error("the card was declined")]
    Declined,
    #[error("billing is busy")]
    Busy,
    #[error("billing was not asked: {0}")]
    Refused(#[from] resilience::Error),
}

#[retry(max_attempts = 2, base_delay = "1ms", abort_if = |error| matches!(error, BillingError::Declined))]
#[circuit_breaker(name = "billing", failure_threshold = 2, ignore_if = |error| matches!(error, BillingError::Declined))]
fn charge(cents: u32) -> Result<u32, BillingError> {
    match cents {
        0 => Err(BillingError::Declined),
        1_000.. => Err(BillingError::Busy),
        _ => Ok(cents),
    }
}
// [/recipe]

fn main() {
    assert!(matches!(charge(5), Ok(5)));
    assert!(matches!(charge(0), Err(BillingError::Declined)));
    assert!(matches!(charge(2_000), Err(BillingError::Busy)));
    // Two failures have opened the circuit, and a customer without money none of them.
    let error = charge(5).expect_err("the circuit is open");
    assert!(matches!(&error, BillingError::Refused(resilience::Error::CircuitOpen(_))));
    println!("{error}");
}
