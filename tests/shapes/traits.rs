//! Methods of traits and their implementations.

use super::*;

trait Fetch {
    type Answer;
    fn flaky(&self) -> &Flaky;
    fn fetch(&self) -> Self::Answer;
    async fn fetch_async(&self) -> Outcome<u32>;

    #[retry(base_delay = "1ms")]
    fn provided(&self) -> Outcome<u32> {
        self.flaky().call(3)
    }

    #[retry(base_delay = "1ms")]
    async fn provided_async(&self) -> Outcome<u32> {
        self.flaky().call(3)
    }

    #[retry(base_delay = "1ms")]
    fn provided_future(&self) -> impl Future<Output = Outcome<u32>> {
        async move { self.flaky().call(3) }
    }
}

#[derive(Default)]
struct Client(Flaky);

impl Fetch for Client {
    type Answer = Outcome<u32>;

    fn flaky(&self) -> &Flaky {
        &self.0
    }

    #[retry(base_delay = "1ms")]
    #[circuit_breaker(name = "shapes::traits")]
    fn fetch(&self) -> Self::Answer {
        self.0.call(2)
    }

    #[retry(base_delay = "1ms")]
    #[timeout("1s")]
    async fn fetch_async(&self) -> Outcome<u32> {
        self.0.call(2)
    }
}

#[async_trait::async_trait]
trait Boxed {
    async fn owned(&self, words: Vec<String>, n: u32) -> Outcome<usize>;
    async fn exclusive(&mut self, words: Vec<String>) -> Outcome<usize>;
    #[retry(base_delay = "1ms")]
    async fn boxed_provided(&self, flaky: &Flaky) -> Outcome<u32> {
        flaky.call(2)
    }
}

#[async_trait::async_trait]
impl Boxed for Client {
    #[fallback(|_| Ok(words.len()))]
    #[retry(max_attempts = 2, base_delay = "1ms", retry_if = |_: &Failure| self.0.calls() < 100)]
    #[timeout("1s")]
    async fn owned(&self, words: Vec<String>, mut n: u32) -> Outcome<usize> {
        n += 1;
        assert_eq!(n, 2, "an attempt sees what another one did");
        self.0.call(9)?;
        Ok(words.len() + 100)
    }

    #[retry(max_attempts = 3, base_delay = "1ms", clone(words))]
    #[timeout("1s")]
    async fn exclusive(&mut self, words: Vec<String>) -> Outcome<usize> {
        self.0.call(3)?;
        Ok(words.into_boxed_slice().len())
    }
}

#[tokio::test(start_paused = true)]
async fn methods_of_traits_work() {
    assert_eq!(Client::default().fetch(), Ok(2));
    assert_eq!(Client::default().fetch_async().await, Ok(2));
    assert_eq!(Client::default().provided(), Ok(3));
    assert_eq!(Client::default().provided_async().await, Ok(3));
    assert_eq!(Client::default().provided_future().await, Ok(3));
    let words = || vec![String::new(), String::new()];
    assert_eq!(send(Client::default().owned(words(), 1)).await, Ok(2));
    assert_eq!(send(Client::default().exclusive(words())).await, Ok(2));
    let boxed: Box<dyn Boxed + Sync> = Box::new(Client::default());
    assert_eq!(boxed.boxed_provided(&Flaky::default()).await, Ok(2));
}
