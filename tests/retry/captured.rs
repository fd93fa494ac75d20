//! Strategies that capture what they know only at run time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use resilience::retry::Attempts;
use resilience::{Jitter, Retry, Strategy, clock, retry};

use crate::support::{Failure, millis};

#[test]
fn a_custom_strategy_may_capture() {
    let (step, asked) = (millis(7), Arc::new(AtomicU32::new(0)));
    let counted = Arc::clone(&asked);
    let strategy = Strategy::Custom(move |attempt| {
        counted.fetch_add(1, Ordering::Relaxed);
        step * attempt
    });
    let retry = Retry::builder("captured").max_attempts(4).strategy(strategy.clone()).jitter(Jitter::None);
    let clock = clock::manual();
    let (start, retry) = (clock::now(), retry.build().unwrap());
    assert_eq!(retry.call(|| Err::<(), _>("busy")), Err("busy"));
    assert_eq!((clock::now().since(start), asked.load(Ordering::Relaxed)), (millis(7 + 14 + 21), 3));
    assert_eq!(strategy, strategy.clone());
    drop(clock);
}

/// So may one that sees the error: an argument of the function here.
#[retry(max_attempts = 3, strategy = |attempt, _: &Failure| step * attempt, jitter = none)]
fn captured_argument(step: Duration) -> Result<(), Failure> {
    Err(Failure::Status(500))
}

#[test]
fn a_strategy_that_sees_the_error_may_capture() {
    let clock = clock::manual();
    let start = clock::now();
    assert!(captured_argument(millis(5)).is_err());
    assert_eq!(clock::now().since(start), millis(5 + 10));

    let (retry, step) = (Retry::builder("captured_by_hand").jitter(Jitter::None).build().unwrap(), millis(3));
    let judge = |attempts: &mut Attempts<'_>, outcome: &Result<(), &str>| match outcome {
        Ok(()) => attempts.stop(true),
        Err(error) => attempts.again_by(|attempt| step * attempt * u32::from(*error == "busy")),
    };
    assert_eq!(retry.call_with(judge, || Err("busy")), Err("busy"));
    assert_eq!(retry.stats().backoff, millis(3 + 6));
    drop(clock);
}
