//! A breaker used by hand: what each permit came to is known, so its counts have to match one by one.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::time::Duration;

use resilience::{CircuitBreaker, Permit, registry};

use crate::dice;
use crate::ledger::Count;
use crate::play::Planned;

pub const NAME: &str = "permits";

pub static SUCCESSES: Count = Count::new();
/// Panics included.
pub static FAILURES: Count = Count::new();
pub static IGNORED: Count = Count::new();
pub static CANCELLED: Count = Count::new();
pub static REJECTED: Count = Count::new();

/// Puts the breaker into the registry.
pub fn register() -> Result<CircuitBreaker, String> {
    CircuitBreaker::builder(NAME)
        .failure_threshold(6)
        .recovery_timeout(Duration::from_millis(5))
        .half_open_max_calls(2)
        .success_threshold(3)
        .build()
        .map(|breaker| registry().register(breaker))
        .map_err(|error| error.to_string())
}

/// One call on a thread.
pub fn on_thread(breaker: &CircuitBreaker) {
    match breaker.try_acquire() {
        Ok(permit) => settle(permit),
        Err(_) => REJECTED.add(),
    }
}

/// One call whose permit crosses an await, and perhaps a thread.
pub async fn in_task(breaker: &CircuitBreaker) {
    let Ok(permit) = breaker.try_acquire_owned() else {
        return REJECTED.add();
    };
    if dice::chance(50) {
        tokio::task::yield_now().await;
    } else {
        tokio::time::sleep(dice::time_below(Duration::from_millis(8))).await;
    }
    settle(permit);
}

fn settle(permit: Permit<'_>) {
    match dice::below(20) {
        0..12 => {
            SUCCESSES.add();
            permit.success();
        }
        12..16 => {
            FAILURES.add();
            permit.failure();
        }
        16 | 17 => {
            IGNORED.add();
            permit.ignore();
        }
        18 => {
            CANCELLED.add();
            drop(permit);
        }
        _ => {
            FAILURES.add();
            let caught = catch_unwind(AssertUnwindSafe(move || {
                let _permit = permit;
                panic_any(Planned);
            }));
            drop(caught);
        }
    }
}
