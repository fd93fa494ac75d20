//! Generic functions and lifetimes.

use super::*;

#[fallback(|e: E| recover(e))]
#[retry(base_delay = "1ms", max_attempts = 2)]
#[circuit_breaker(name = "shapes::generics")]
#[timeout("1s")]
async fn generic<'a, T, E, F, const N: usize>(items: &'a [T; N], check: F) -> Result<&'a T, E>
where
    T: Sync,
    E: From<resilience::Error> + Send + Sync,
    F: Fn(&'a [T; N]) -> Result<&'a T, E> + Send + Sync,
{
    check(items)
}

fn recover<T, E>(error: E) -> Result<T, E> {
    Err(error)
}

#[retry(base_delay = "1ms", max_attempts = N)]
fn options_of_the_call<const N: u32>(flaky: &Flaky, delay: Duration) -> Outcome<u32> {
    let _ = delay;
    flaky.call(N)
}

#[retry(base_delay = delay, max_attempts = attempts)]
async fn options_of_the_arguments(flaky: &Flaky, delay: Duration, attempts: u32) -> Outcome<u32> {
    flaky.call(4)
}

#[retry(base_delay = "1ms")]
fn elided(text: &str) -> Outcome<&str> {
    Ok(text)
}

#[retry(base_delay = "1ms")]
async fn underscore(text: std::borrow::Cow<'_, str>) -> Outcome<std::borrow::Cow<'_, str>> {
    Ok(text.clone())
}

#[retry(base_delay = "1ms")]
fn higher_ranked<F>(f: F) -> Outcome<usize>
where
    F: for<'x> Fn(&'x str) -> &'x str,
{
    Ok(f("ab").len())
}

struct Wrapper<T>(T);

impl<T: Clone> Wrapper<T> {
    #[retry(base_delay = "1ms")]
    async fn get(&self) -> Result<T, Failure> {
        Ok(self.0.clone())
    }
}

#[tokio::test(start_paused = true)]
async fn generic_functions_work() {
    let first = generic(&[1, 2], |items| Ok::<_, Failure>(&items[0])).await;
    assert_eq!(first, Ok(&1));
    assert_eq!(options_of_the_call::<4>(&Flaky::default(), Duration::ZERO), Ok(4));
    let delay = Duration::from_millis(1);
    assert_eq!(options_of_the_arguments(&Flaky::default(), delay, 4).await, Ok(4));
    assert_eq!(options_of_the_arguments(&Flaky::default(), delay, 3).await, Err(Failure::Broken(3)));
    assert_eq!(elided("a"), Ok("a"));
    assert_eq!(underscore("a".into()).await, Ok("a".into()));
    assert_eq!(higher_ranked(|text| &text[1..]), Ok(1));
    assert_eq!(Wrapper(3).get().await, Ok(3));
}
