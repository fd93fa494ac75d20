//! Methods.

use super::*;

#[derive(Default)]
struct Client {
    flaky: Flaky,
    total: u32,
    limit: Duration,
}

impl Client {
    fn new() -> Self {
        Self { limit: Duration::from_secs(1), ..Self::default() }
    }

    #[retry(max_attempts = 3, base_delay = "1ms")]
    fn by_ref(&self) -> Outcome<u32> {
        self.flaky.call(2)
    }

    #[retry(max_attempts = 3, base_delay = "1ms")]
    #[timeout(self.limit)]
    async fn by_mut(&mut self, add: u32) -> Outcome<u32> {
        self.total += add;
        self.flaky.call(2)?;
        Ok(self.total)
    }

    #[fallback(Self::cached)]
    #[retry(max_attempts = 2, base_delay = "1ms")]
    async fn by_mut_with_fallback(&mut self, add: u32) -> Outcome<u32> {
        self.total += add;
        self.flaky.call(100)
    }

    async fn cached(&mut self, add: u32, error: Failure) -> Outcome<u32> {
        assert_eq!(error, Failure::Broken(2));
        Ok(self.total * 100 + add)
    }

    #[retry(max_attempts = 3, base_delay = "1ms")]
    async fn by_value(self) -> Outcome<u32> {
        self.flaky.call(3)
    }

    #[retry(max_attempts = 3, base_delay = "1ms")]
    async fn by_arc(self: Arc<Self>) -> Outcome<u32> {
        self.flaky.call(3)
    }

    #[retry(max_attempts = 3, base_delay = "1ms")]
    async fn by_box(self: Box<Self>) -> Outcome<u32> {
        self.flaky.call(3)
    }

    #[retry(max_attempts = 3, base_delay = "1ms", clone(self))]
    async fn consumed(self: Arc<Self>) -> Outcome<u32> {
        let inner = tokio::spawn(async move { self.flaky.call(3) });
        inner.await.map_err(|_| Failure::Refused)?
    }

    #[retry(max_attempts = 3, base_delay = "1ms")]
    async fn by_mut_value(mut self) -> Outcome<u32> {
        self.total += 1;
        self.flaky.call(3)?;
        Ok(self.total)
    }

    #[circuit_breaker(name = "shapes::methods::borrowed")]
    #[timeout("1s")]
    async fn borrowed_from_mut(&mut self) -> Outcome<&mut u32> {
        Ok(&mut self.total)
    }

    #[circuit_breaker(name = "shapes::methods::borrowed")]
    fn borrowed_from_mut_sync(&mut self) -> Outcome<&mut u32> {
        Ok(&mut self.total)
    }

    #[retry(base_delay = "1ms")]
    fn borrowed(&self) -> Outcome<&u32> {
        self.flaky.call(2)?;
        Ok(&self.total)
    }
}

#[tokio::test(start_paused = true)]
async fn every_receiver_works() {
    assert_eq!(Client::new().by_ref(), Ok(2));
    assert_eq!(send(Client::new().by_mut(5)).await, Ok(10));
    let mut client = Client::new();
    assert_eq!(send(client.by_mut_with_fallback(3)).await, Ok(603));
    assert_eq!(send(Client::new().by_value()).await, Ok(3));
    assert_eq!(send(Arc::new(Client::new()).by_arc()).await, Ok(3));
    assert_eq!(send(Box::new(Client::new()).by_box()).await, Ok(3));
    assert_eq!(send(Arc::new(Client::new()).consumed()).await, Ok(3));
    assert_eq!(Client::new().by_mut_value().await, Ok(3));
    assert_eq!(Client::new().borrowed(), Ok(&0));
    *client.borrowed_from_mut().await.unwrap() = 9;
    *client.borrowed_from_mut_sync().unwrap() += 1;
    assert_eq!(client.total, 10);
}
