//! Below ours, or between them: one span per call, around all attempts; what is told is the outcome of the call.

use super::*;

#[async_trait]
trait Fetch {
    async fn shared(&self, key: String, good: u32) -> Outcome;
    async fn exclusive(&mut self, key: String, good: u32) -> Outcome;
    async fn counted(self: Arc<Self>, mut good: u32) -> Outcome;

    #[retry(base_delay = "1ms")]
    #[timeout("1s")]
    #[instrument(skip(self), err, ret)]
    async fn provided(&self, client: &Client, key: String) -> Outcome {
        client.call(key.len() as u32)
    }
}

#[async_trait]
impl Fetch for Client {
    #[retry(base_delay = "1ms")]
    #[instrument(err, ret)]
    #[timeout("1s")]
    async fn shared(&self, key: String, good: u32) -> Outcome {
        self.call(good + key.len() as u32)
    }

    #[retry(base_delay = "1ms")]
    #[timeout("1s")]
    #[instrument(skip(self), err)]
    async fn exclusive(&mut self, key: String, good: u32) -> Outcome {
        self.count(good + key.len() as u32)
    }

    #[fallback(|error| Ok(error.0 * 100))]
    #[retry(base_delay = "1ms")]
    #[circuit_breaker(name = "instrumented::below")]
    #[timeout("1s")]
    #[instrument(skip_all, fields(total = self.total), err(Debug), ret(Display))]
    async fn counted(self: Arc<Self>, mut good: u32) -> Outcome {
        good += 1;
        self.call(good)
    }
}

impl Client {
    #[retry(base_delay = "1ms")]
    #[timeout("1s")]
    #[instrument(err, ret)]
    async fn plain(&mut self, good: u32) -> Outcome {
        self.count(good)
    }

    #[retry(base_delay = "1ms")]
    #[instrument(err, ret)]
    #[timeout("1s")]
    fn box_future(&mut self, good: u32) -> BoxFuture<'_, Outcome> {
        Box::pin(async move { self.count(good) })
    }

    #[retry(base_delay = "1ms")]
    #[timeout("1s")]
    #[instrument(err, ret)]
    fn boxed(&mut self, good: u32) -> BoxFuture<'_, Outcome> {
        async move { self.count(good) }.boxed()
    }

    #[retry(base_delay = "1ms")]
    #[instrument(err, ret)]
    #[timeout("1s")]
    fn pinned<'a>(&'a mut self, good: &'a u32) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        let good = *good;
        Box::pin(async move { self.count(good) })
    }

    #[retry(base_delay = "1ms")]
    #[timeout("1s")]
    #[instrument(err, ret)]
    fn opaque(self: Arc<Self>, good: u32) -> impl Future<Output = Outcome> + Send {
        async move { self.call(good) }
    }

    #[retry(base_delay = "1ms")]
    #[timeout("1s")]
    #[instrument(err, ret)]
    fn opaque_of_another(&self, good: u32) -> impl Future<Output = Outcome> + Send {
        free(self, good)
    }

    #[retry(base_delay = "1ms")]
    #[instrument(err, ret)]
    #[timeout("1s", mode = deadline)]
    fn sync(&mut self, good: u32) -> Outcome {
        self.count(good)
    }
}

#[retry(max_attempts = 1)]
#[instrument(err, ret)]
async fn free(client: &Client, good: u32) -> Outcome {
    client.call(good)
}

/// A call that succeeds at its second attempt.
async fn succeeds(call: impl Future<Output = Outcome>) {
    assert_eq!(told(call).await, (Ok(2), vec!["span".to_owned(), "return=2".into()]));
}

/// A call that fails at its third attempt.
async fn fails(call: impl Future<Output = Outcome>) {
    assert_eq!(told(call).await, (Err(Broken(3)), vec!["span".to_owned(), "error=call 3 failed".into()]));
}

#[tokio::test(start_paused = true)]
async fn methods_under_async_trait_have_one_span() {
    let client = Client::default;
    succeeds(send(client().shared("k".into(), 1))).await;
    fails(send(client().shared("k".into(), 9))).await;
    succeeds(send(client().provided(&client(), "kk".into()))).await;
    fails(send(client().provided(&client(), "a longer key".into()))).await;
    assert_eq!(told(send(client().exclusive("k".into(), 1))).await, (Ok(2), vec!["span".to_owned()]));
    fails(send(client().exclusive("k".into(), 9))).await;
    succeeds(send(Arc::new(client()).counted(1))).await;
    let stood_in = told(send(Arc::new(client()).counted(9))).await;
    assert_eq!(stood_in, (Ok(300), vec!["span".to_owned(), "return=300".into()]));
}

#[tokio::test(start_paused = true)]
async fn functions_that_return_a_future_have_one_span() {
    let client = Client::default;
    succeeds(send(client().plain(2))).await;
    fails(send(client().plain(9))).await;
    succeeds(send(client().box_future(2))).await;
    fails(send(client().box_future(9))).await;
    succeeds(send(client().boxed(2))).await;
    fails(send(client().boxed(9))).await;
    succeeds(send(client().pinned(&2))).await;
    fails(send(client().pinned(&9))).await;
    succeeds(send(Arc::new(client()).opaque(2))).await;
    fails(send(Arc::new(client()).opaque(9))).await;
    succeeds(async { client().sync(2) }).await;
    fails(async { client().sync(9) }).await;
}

#[tokio::test(start_paused = true)]
async fn each_call_of_the_body_has_its_own_beside_it() {
    let all = told(send(Client::default().opaque_of_another(2))).await;
    let expected = ["span", "span", "error=call 1 failed", "span", "return=2", "return=2"];
    assert_eq!(all, (Ok(2), expected.map(str::to_owned).to_vec()));
}
