//! Never overspent, whoever withdraws and deposits at once.

use super::{Budget, TOKEN};
use crate::core::clock::Instant;
use crate::core::sync::{check, thread};

const SECOND: Instant = Instant::from_nanos(1_000_000_000);

fn budget(ratio: f64, min_per_second: f64) -> Budget {
    Budget::builder("shared").ratio(ratio).min_per_second(min_per_second).build().unwrap()
}

/// Fails when the ledger is unlocked between the look at the tokens and the withdrawal, when `enter_deposits` reads the
/// calls before the lock is taken, and when it does not note them as entered.
#[test]
fn what_calls_deposit_is_spent_once() {
    check(|| {
        let budget = budget(0.5, 0.0);
        let threads = [1, 2].map(|calls| {
            let budget = budget.clone();
            thread::spawn(move || {
                (0..calls).for_each(|_| budget.on_call());
                u64::from(budget.try_withdraw(SECOND))
            })
        });
        // A reader enters deposits as well.
        assert!(budget.tokens() <= 1.5);
        let granted: u64 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();

        let tokens = (budget.tokens() * TOKEN as f64) as u64;
        assert_eq!(granted * TOKEN + tokens, 3 * TOKEN / 2, "three calls at half a token each");
        let stats = budget.stats();
        assert_eq!((stats.calls, stats.granted, stats.denied), (3, granted, 2 - granted));
    });
}

/// Fails when the ledger is unlocked between the look at the reserve and the withdrawal.
#[test]
fn what_time_pays_for_is_spent_once() {
    check(|| {
        let budget = budget(0.0, 1.0);
        let other = budget.clone();
        let other = thread::spawn(move || other.try_withdraw(SECOND));
        let own = budget.try_withdraw(SECOND);
        assert!(own != other.join().unwrap(), "one second, one retry");
    });
}
