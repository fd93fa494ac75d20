//! Return types.

use super::*;

#[fallback(|_| Some(3))]
#[retry(base_delay = "1ms")]
#[timeout("1s")]
async fn option(n: u32) -> Option<u32> {
    if n == 0 { None } else { Some(n) }
}

#[circuit_breaker(name = "shapes::returns::option", failure_threshold = 1)]
fn refused_option() -> Option<u32> {
    None
}

#[retry(base_delay = "1ms", max_attempts = 2)]
fn io() -> std::io::Result<u32> {
    Err(std::io::Error::other("down"))
}

#[fallback(value = 5)]
#[timeout("10ms")]
async fn plain() -> u32 {
    tokio::time::sleep(Duration::from_secs(5)).await;
    1
}

#[fallback(|error| error.to_string())]
#[timeout("10ms", name = "plain")]
async fn plain_with_error() -> String {
    tokio::time::sleep(Duration::from_secs(5)).await;
    String::new()
}

#[fallback(default)]
#[timeout("10ms")]
async fn nothing() {
    tokio::time::sleep(Duration::from_secs(5)).await;
}

#[fallback(|error| { assert_eq!(error, Failure::Refused); Ok(1) })]
#[timeout("10ms")]
async fn alias_under_fallback() -> Outcome<u32> {
    tokio::time::sleep(Duration::from_secs(5)).await;
    Ok(2)
}

#[fallback(|error: resilience::Fault<NoFrom>| match error {
    resilience::Fault::Refused(error) => Err(NoFrom(error.to_string())),
    resilience::Fault::User(error) => Err(error),
})]
#[timeout("10ms")]
async fn fault() -> Result<u32, NoFrom> {
    tokio::time::sleep(Duration::from_secs(5)).await;
    Ok(2)
}

#[derive(Debug)]
struct NoFrom(String);

#[retry(base_delay = "1ms")]
fn nested_opaque() -> Result<impl Iterator<Item = u32>, Failure> {
    Ok([1, 2].into_iter())
}

#[retry(base_delay = "1ms")]
async fn coerced() -> Outcome<Box<dyn Fn() -> u32>> {
    Ok(Box::new(|| 4))
}

#[retry(base_delay = "1ms")]
fn future(flaky: &Flaky) -> impl Future<Output = Outcome<u32>> + Send {
    async move { flaky.call(2) }
}

#[retry(base_delay = "1ms")]
#[timeout("1s")]
fn future_of_another(flaky: &Flaky) -> impl Future<Output = Outcome<u32>> + Send {
    inner(flaky)
}

/// Only the signature says what the body's future comes to.
#[timeout("1s")]
fn future_that_never_ends() -> impl Future<Output = Outcome<u32>> + Send {
    std::future::pending()
}

#[fallback(value = vec![])]
#[timeout("1s")]
async fn opaque_in_a_plain_value() -> Vec<impl std::fmt::Display> {
    vec![1]
}

async fn inner(flaky: &Flaky) -> Outcome<u32> {
    flaky.call(3)
}

#[retry(base_delay = "1ms")]
#[timeout("1s")]
fn boxed(flaky: &Flaky) -> Pin<Box<dyn Future<Output = Outcome<u32>> + Send + '_>> {
    let start = flaky.calls();
    Box::pin(async move { flaky.call(start + 2) })
}

#[retry(base_delay = "1ms")]
fn boxed_elsewhere(flaky: &Flaky) -> Pin<Box<dyn Future<Output = Outcome<u32>> + Send + '_>> {
    Box::pin(inner(flaky))
}

type Later<'a, T> = Pin<Box<dyn Future<Output = Outcome<T>> + Send + 'a>>;

#[fallback(|_| Ok(7))]
#[retry(base_delay = "1ms", max_attempts = 2)]
#[timeout("1s")]
fn another_name(flaky: &mut Flaky, good: u32) -> Later<'_, u32> {
    Box::pin(async move {
        let start = std::mem::take(flaky).calls();
        Flaky { calls: start.into() }.call(good)
    })
}

/// The trait of `tower`, and how it is most often implemented.
trait Service {
    type Answer;
    fn call(&mut self, request: u32) -> Self::Answer;
}

impl Service for Arc<Flaky> {
    type Answer = Later<'static, u32>;

    #[retry(base_delay = "1ms")]
    #[timeout("1s")]
    fn call(&mut self, request: u32) -> Self::Answer {
        let flaky = Arc::clone(self);
        Box::pin(async move { Flaky::call(&flaky, request) })
    }
}

/// An alias of the same name as the one of `futures`, which says more.
mod own {
    use super::*;

    pub(super) type BoxFuture<'a, T> = Later<'a, T>;
}

#[retry(base_delay = "1ms")]
fn own_alias(flaky: &Flaky) -> own::BoxFuture<'_, u32> {
    Box::pin(inner(flaky))
}

#[retry(base_delay = "1ms")]
#[timeout("1s")]
fn boxed_by_method(flaky: &mut Flaky, words: Vec<u32>) -> own::BoxFuture<'_, u32> {
    use futures_util::FutureExt as _;
    async move { Flaky::call(flaky, words.len() as u32) }.boxed()
}

#[retry(base_delay = "1ms")]
fn boxed_elsewhere_by_method(flaky: &Flaky) -> own::BoxFuture<'_, u32> {
    use futures_util::FutureExt as _;
    inner(flaky).boxed()
}

#[retry(base_delay = "1ms")]
fn opaque_and_boxed(flaky: &Flaky) -> impl Future<Output = Outcome<u32>> {
    use futures_util::FutureExt as _;
    async move { flaky.call(2) }.boxed_local()
}

/// What stands before the block happens once; each attempt begins with what that left.
#[retry(base_delay = "1ms")]
fn mutable_before_and_inside(flaky: &Flaky, mut n: u32, mut only_read: u32) -> own::BoxFuture<'_, u32> {
    n += only_read;
    Box::pin(async move {
        n += 10;
        only_read += 100;
        flaky.call(3)?;
        Ok(n + only_read)
    })
}

#[tokio::test(start_paused = true)]
async fn futures_by_other_names_work() {
    let flaky = Flaky::default;
    assert_eq!(send(another_name(&mut flaky(), 1)).await, Ok(1));
    assert_eq!(send(another_name(&mut flaky(), 9)).await, Ok(7));
    assert_eq!(send(Service::call(&mut Arc::new(flaky()), 2)).await, Ok(2));
    assert_eq!(send(own_alias(&flaky())).await, Ok(3));
    assert_eq!(send(boxed_by_method(&mut flaky(), vec![0, 0])).await, Ok(2));
    assert_eq!(send(boxed_elsewhere_by_method(&flaky())).await, Ok(3));
    assert_eq!(opaque_and_boxed(&flaky()).await, Ok(2));
    assert_eq!(send(mutable_before_and_inside(&flaky(), 1, 1)).await, Ok(113));
}

/// Only a bound says that it is an outcome.
trait Answers {
    type Answer: resilience::Outcome<Err: From<resilience::Error>>;
    fn answer(&self) -> Self::Answer;

    #[retry(base_delay = "1ms", max_attempts = 2)]
    #[timeout("10ms")]
    async fn answered(&self, late: bool) -> Self::Answer {
        if late {
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        self.answer()
    }

    #[retry(base_delay = "1ms", max_attempts = 2)]
    #[timeout("10ms", mode = deadline)]
    fn answered_in_place(&self) -> Self::Answer {
        self.answer()
    }
}

impl Answers for Flaky {
    type Answer = Outcome<u32>;

    fn answer(&self) -> Outcome<u32> {
        self.call(2)
    }
}

#[tokio::test(start_paused = true)]
async fn a_type_may_be_an_outcome_by_a_bound_alone() {
    assert_eq!(Flaky::default().answered(false).await, Ok(2));
    assert_eq!(Flaky::default().answered(true).await, Err(Failure::Refused));
    assert_eq!(Flaky::default().answered_in_place(), Ok(2));
}

#[tokio::test(start_paused = true)]
async fn every_return_type_works() {
    assert_eq!(option(0).await, Some(3));
    assert_eq!(option(1).await, Some(1));
    assert_eq!((refused_option(), refused_option()), (None, None));
    assert_eq!(io().unwrap_err().to_string(), "down");
    assert_eq!(plain().await, 5);
    assert!(!plain_with_error().await.is_empty());
    nothing().await;
    assert_eq!(alias_under_fallback().await, Ok(1));
    assert!(!fault().await.unwrap_err().0.is_empty());
    assert_eq!(nested_opaque().unwrap().count(), 2);
    assert_eq!(coerced().await.unwrap()(), 4);
    assert_eq!(send(future(&Flaky::default())).await, Ok(2));
    assert_eq!(send(future_of_another(&Flaky::default())).await, Ok(3));
    assert!(send(future_that_never_ends()).await.is_err());
    assert_eq!(opaque_in_a_plain_value().await.len(), 1);
    assert_eq!(send(boxed(&Flaky::default())).await, Ok(2));
    assert_eq!(send(boxed_elsewhere(&Flaky::default())).await, Ok(3));
}
