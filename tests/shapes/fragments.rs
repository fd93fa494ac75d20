//! Values of options that come from a `macro_rules!` macro: each fragment arrives in an invisible group.

use super::*;

macro_rules! protected {
    ($name:ident, $timeout:literal, $delay:literal, $attempts:literal, $factor:literal, $budget:literal, $policy:literal, $strategy:path) => {
        #[retry(max_attempts = $attempts, base_delay = $delay, max_delay = $timeout, name = $policy, strategy = $strategy)]
        #[timeout($timeout)]
        async fn $name(flaky: &Flaky) -> Outcome<u32> {
            flaky.call($attempts)
        }

        #[retry(base_delay = $delay, factor = $factor, jitter = $budget)]
        async fn grown(flaky: &Flaky) -> Outcome<u32> {
            flaky.call($attempts)
        }
    };
}

protected!(literals, "2s", "1ms", 3, 2.5, 0.5, "shapes::literals", pause);

fn pause(attempt: u32) -> Duration {
    Duration::from_millis(attempt.into())
}

macro_rules! expressions {
    ($limit:expr, $threshold:expr, $rate:expr, $policy:expr, $key:expr, $failure_if:expr) => {
        #[circuit_breaker(name = $policy, key = $key, failure_threshold = $threshold, recovery_timeout = $limit)]
        async fn keyed() -> Outcome<u32> {
            Ok(1)
        }

        #[circuit_breaker(name = "rates", failure_rate = $rate, window = $threshold, failure_if = $failure_if)]
        async fn rates() -> Outcome<u32> {
            Ok(1)
        }

        #[timeout(duration = $limit)]
        async fn limited() -> Outcome<u32> {
            Ok(2)
        }
    };
}

expressions!("1m 30s", 5, 0.5, "shapes::expressions", 1 + 2, |error| *error != Failure::Refused);

macro_rules! hooks {
    ($path:path, $hook:expr, $value:expr, $stand_in:path, $instead:expr) => {
        #[retry(base_delay = "1ms", before_retry = $path)]
        async fn by_path(flaky: &Flaky) -> Outcome<u32> {
            flaky.call(2)
        }

        #[retry(base_delay = "1ms", before_retry = $hook)]
        async fn by_closure(flaky: &Flaky) -> Outcome<u32> {
            flaky.call(2)
        }

        #[fallback(value = $value)]
        async fn value() -> Outcome<u32> {
            Err(Failure::Broken(1))
        }

        #[fallback($stand_in)]
        async fn path() -> Outcome<u32> {
            Err(Failure::Broken(1))
        }

        #[fallback($instead)]
        async fn closure() -> Outcome<u32> {
            Err(Failure::Broken(1))
        }
    };
}

async fn refresh(_: u32, _: &Failure) -> Outcome<()> {
    Ok(())
}

fn stand_in() -> Outcome<u32> {
    Ok(8)
}

hooks!(refresh, |attempt, error| refresh(attempt, error), 7, stand_in, |_error| Ok(9));

/// A sum is a part of a larger expression, and must not come apart.
macro_rules! parts {
    ($attempts:expr, $delay:expr) => {
        #[retry(max_attempts = $attempts * 2, base_delay = $delay * 2, jitter = none, retry_if = |_| $attempts * 2 == 6)]
        async fn parts(flaky: &Flaky) -> Outcome<u32> {
            flaky.call(6)
        }

        #[fallback(|_error| Ok($attempts * vec![$attempts * 2][0]))]
        async fn in_a_macro() -> Outcome<u32> {
            Err(Failure::Broken(1))
        }
    };
}

parts!(1 + 2, Duration::from_secs(1) + Duration::from_secs(2));

fn layer(path: &str) -> &'static resilience::Layer {
    let inventory = resilience::registry().inventory();
    let function = inventory.iter().find(|function| function.path() == format!("shapes::fragments::{path}"));
    &function.expect("the function is in the inventory").layers()[0]
}

#[tokio::test(start_paused = true)]
async fn fragments_are_what_they_stand_for() {
    assert_eq!(literals(&Flaky::default()).await, Ok(3));
    assert_eq!(grown(&Flaky::default()).await, Ok(3));
    assert_eq!((keyed().await, rates().await, limited().await), (Ok(1), Ok(1), Ok(2)));
    assert_eq!((by_path(&Flaky::default()).await, by_closure(&Flaky::default()).await), (Ok(2), Ok(2)));
    assert_eq!((value().await, path().await, closure().await), (Ok(7), Ok(8), Ok(9)));
}

#[tokio::test(start_paused = true)]
async fn a_fragment_that_is_a_part_stays_together() {
    let start = resilience::clock::now();
    assert_eq!(parts(&Flaky::default()).await, Ok(6));
    assert_eq!(resilience::clock::now().since(start), Duration::from_secs(6 + 10 * 4));
    assert_eq!(in_a_macro().await, Ok(18));
}

#[test]
fn the_inventory_shows_fragments_as_they_were_given() {
    let retry = layer("literals");
    assert_eq!(retry.name(), "shapes::literals");
    let options = retry.options();
    for (option, source) in [("max_attempts", "3"), ("base_delay", "1ms"), ("max_delay", "2s"), ("strategy", "pause")] {
        assert!(options.contains(&(option, source)), "{options:?}");
    }
    let options = layer("keyed").options();
    for (option, source) in [("recovery_timeout", "1m 30s"), ("key", "1 + 2")] {
        assert!(options.contains(&(option, source)), "{options:?}");
    }
}
