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
    async fn patterns(&self, text: &str, out: &mut Vec<u32>, sum: (u32, u32)) -> Outcome<u32>;
    async fn nothing(&mut self, words: Vec<String>);
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

    #[retry(base_delay = "1ms")]
    async fn patterns(&self, mut text: &str, mut out: &mut Vec<u32>, (mut a, b): (u32, u32)) -> Outcome<u32> {
        text = &text[1..];
        a += text.len() as u32;
        out.push(a);
        let other = &mut Vec::new();
        if text.is_empty() {
            out = other;
            out.push(0);
        }
        self.0.call(3)?;
        Ok(a + b)
    }

    #[fallback(default)]
    #[retry(base_delay = "1ms")]
    #[timeout("1s")]
    async fn nothing(&mut self, words: Vec<String>) {
        self.0 = Flaky::default();
        assert_eq!(words.len(), 2);
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
    let mut out = Vec::new();
    assert_eq!(send(Client::default().patterns("abc", &mut out, (10, 100))).await, Ok(112));
    assert_eq!(out, [12, 12, 12]);
    send(Client::default().nothing(words())).await;
    let boxed: Box<dyn Boxed + Sync> = Box::new(Client::default());
    assert_eq!(boxed.boxed_provided(&Flaky::default()).await, Ok(2));
}
