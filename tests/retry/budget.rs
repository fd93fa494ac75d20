//! `budget`: retries bounded to a share of calls.

use crate::support::*;
use resilience::retry;

both! {
    #[retry(max_attempts = 5, strategy = constant, base_delay = "1ms", jitter = none, budget = 0.2)]
    fn a_fifth(script);

    #[retry(max_attempts = 5, strategy = constant, base_delay = "1ms", jitter = none, budget = 0.5)]
    fn saved_up(script);
}

/// More than the reserve of 10 per second and less than a second.
const MANY: u64 = 50;

#[test]
fn retries_are_a_share_of_calls_plus_ten_a_second() {
    a_fifth::each([fail(500)], |case| {
        for _ in 0..MANY {
            assert_eq!(case.call(), Err(Failure::Status(500)));
        }
        assert!(case.elapsed() < millis(100), "the reserve has not grown again: {:?}", case.elapsed());
        let stats = case.retry().stats();
        assert_eq!(stats.calls, MANY);
        assert_eq!(stats.retries, 10 + MANY / 5, "the reserve, and a fifth of the calls");
        assert_eq!(case.calls() as u64, MANY + stats.retries);
        assert!(stats.budget_exhausted >= MANY - 20, "{}", stats.budget_exhausted);
        let budget = stats.budget.unwrap();
        assert_eq!((budget.calls, budget.granted, budget.ratio), (MANY, stats.retries, 0.2));
    });
}

#[test]
fn the_reserve_of_ten_a_second_comes_back() {
    saved_up::each([ok(1)], |case| {
        let mut before = 0;
        for second in 0..3 {
            let _ = case.play([fail(500)]);
            let _ = case.call();
            let _ = case.call();
            let retries = case.retry().stats().retries;
            assert_eq!(retries - before, if second == 0 { 11 } else { 11 + second % 2 }, "second {second}");
            before = retries;
            case.advance(secs(1));
        }
    });
}

mod shared {
    use super::*;

    #[retry(max_attempts = 20, strategy = constant, base_delay = "1ms", jitter = none, budget = "retry::budget::shared")]
    pub(super) fn orders(script: &Script) -> Reply {
        script.play()
    }

    #[retry(max_attempts = 20, strategy = constant, base_delay = "1ms", jitter = none, budget = "retry::budget::shared")]
    pub(super) async fn prices(script: &Script) -> Reply {
        script.play_async().await
    }
}

#[tokio::test(start_paused = true)]
async fn functions_that_name_the_same_budget_share_it() {
    let script = Script::new([fail(500)]);
    assert_eq!(shared::orders(&script), Err(Failure::Status(500)));
    assert_eq!(script.calls(), 11, "the first call, and the reserve of 10");
    assert_eq!(shared::prices(&script).await, Err(Failure::Status(500)));
    assert_eq!(script.calls(), 12, "nothing is left for the other function");
    let budget = resilience::registry().budget("retry::budget::shared").unwrap().stats();
    assert_eq!((budget.calls, budget.granted, budget.denied), (2, 10, 2));
}
