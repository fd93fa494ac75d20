//! Beside other attributes and macros.

use super::*;

/// Documented.
#[inline]
#[fallback(value = 1)]
#[allow(unused_variables)]
#[cfg_attr(test, retry(base_delay = 1.5ms, max_attempts = 2))]
#[must_use]
fn among_others(flaky: &Flaky, unused: u32) -> Outcome<u32> {
    flaky.call(2)
}

#[retry(base_delay = "1ms")]
#[test]
fn above_a_test() -> Outcome<()> {
    Ok(())
}

#[tokio::test(start_paused = true)]
#[retry(base_delay = "1ms")]
async fn below_an_async_test() -> Outcome<()> {
    Ok(())
}

#[timeout("1h")]
#[retry(base_delay = "1ms", max_attempts = 9)]
#[circuit_breaker(name = "shapes::attributes", failure_threshold = 100)]
#[timeout("10ms")]
async fn total_and_per_attempt(flaky: &Flaky) -> Outcome<u32> {
    if flaky.call(3).is_err() {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    Ok(flaky.calls())
}

#[circuit_breaker(name = "shapes::attributes::outside", failure_if = |_| n > 0)]
#[retry(base_delay = "1ms", max_attempts = 2)]
#[timeout("1s", mode = deadline)]
fn breaker_outside(flaky: &Flaky, n: u32) -> Outcome<u32> {
    flaky.call(n)
}

#[fallback(given, clone(text))]
#[timeout("5s")]
fn worker_under_a_fallback(text: String) -> Outcome<usize> {
    drop(text);
    Err(Failure::Broken(1))
}

fn given(text: String) -> Outcome<usize> {
    Ok(text.len())
}

#[fallback(|error| Err(error), when = |error| *error != Failure::Refused)]
#[circuit_breaker(name = "shapes::attributes::when", failure_threshold = 1)]
fn conditional() -> Outcome<u32> {
    Err(Failure::Broken(1))
}

#[tokio::test(start_paused = true)]
async fn attributes_stand_in_any_company() {
    assert_eq!(among_others(&Flaky::default(), 1), Ok(2));
    assert_eq!(send(total_and_per_attempt(&Flaky::default())).await, Ok(3));
    assert_eq!(breaker_outside(&Flaky::default(), 2), Ok(2));
    assert_eq!(worker_under_a_fallback("ab".into()), Ok(2));
    assert_eq!(conditional(), Err(Failure::Broken(1)));
    assert_eq!(conditional(), Err(Failure::Refused));
}

/// One source for sync and async: what an attribute says holds for both.
macro_rules! both {
    ($limit:literal, $delay:literal, $($async:ident)?, $name:ident) => {
        #[retry(base_delay = $delay, max_attempts = 2)]
        #[timeout($limit, mode = deadline)]
        $($async)? fn $name(flaky: &mut Flaky) -> Outcome<u32> {
            flaky.call(2)
        }
    };
}

both!("1s", "1ms", async, either_async);
both!("1s", "1ms", , either_sync);

#[cfg_attr(feature = "macros", retry(base_delay = "1ms"))]
#[cfg_attr(not(feature = "macros"), retry(max_attempts = 1))]
#[cfg_attr(all(), timeout("10ms", mode = deadline))]
async fn by_condition(flaky: &Flaky) -> Outcome<u32> {
    if flaky.call(3).is_err() {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    Ok(flaky.calls())
}

#[tokio::test(start_paused = true)]
async fn one_attribute_serves_sync_and_async() {
    assert_eq!(either_sync(&mut Flaky::default()), Ok(2));
    assert_eq!(send(either_async(&mut Flaky::default())).await, Ok(2));
    assert_eq!(send(by_condition(&Flaky::default())).await, Ok(3), "an async body is dropped at the limit");
}
