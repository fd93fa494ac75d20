//! Above ours: it has expanded before, and so runs inside. There is one span per attempt, and what is told is the outcome of
//! an attempt.

use super::*;

#[async_trait]
trait Fetch {
    async fn shared(&self, key: String, good: u32) -> Outcome;
    async fn exclusive(&mut self, words: Vec<String>, good: u32) -> Outcome;
    async fn counted(self: Arc<Self>, good: u32, sum: (u32, u32)) -> Outcome;
    async fn stood_in(&self, key: String);

    #[instrument(skip(self), err, ret)]
    #[retry(base_delay = "1ms")]
    #[timeout("1s")]
    async fn provided(&self, client: &Client, key: String) -> Outcome {
        client.call(key.len() as u32)
    }
}

#[async_trait]
impl Fetch for Client {
    #[instrument(err, ret)]
    #[retry(base_delay = "1ms")]
    #[timeout("1s")]
    async fn shared(&self, key: String, good: u32) -> Outcome {
        self.call(good + key.len() as u32)
    }

    #[instrument(skip(self), err)]
    #[retry(base_delay = "1ms", clone(words))]
    async fn exclusive(&mut self, words: Vec<String>, good: u32) -> Outcome {
        self.count(good + words.into_iter().count() as u32)
    }

    #[instrument(err(Debug), ret(Display))]
    #[fallback(|error| Ok(error.0 * 100 + self.calls.load(Ordering::Relaxed)))]
    #[retry(base_delay = "1ms", clone(self))]
    #[circuit_breaker(name = "instrumented::above")]
    #[timeout("1s")]
    async fn counted(self: Arc<Self>, mut good: u32, (mut a, b): (u32, u32)) -> Outcome {
        good += 1;
        a += 1;
        assert_eq!(a + b, 4, "an attempt sees what another one did");
        let this = self;
        this.call(good)
    }

    #[instrument]
    #[fallback(default)]
    #[timeout("1s")]
    async fn stood_in(&self, key: String) {
        let _: Outcome = self.call(key.len() as u32);
    }
}

impl Client {
    #[instrument(err, ret)]
    #[retry(base_delay = "1ms")]
    #[timeout("1s")]
    async fn plain_inside(&mut self, words: Vec<u8>, mut good: u32) -> Outcome {
        good += words.len() as u32;
        self.count(good)
    }

    #[instrument(err, ret)]
    #[retry(base_delay = "1ms")]
    #[timeout("1s")]
    fn box_future_inside(&mut self, good: u32) -> BoxFuture<'_, Outcome> {
        Box::pin(async move { self.count(good) })
    }

    #[instrument(err, ret)]
    #[retry(base_delay = "1ms")]
    fn pinned_inside<'a>(&'a mut self, good: &'a u32) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        let good = *good;
        Box::pin(async move { self.count(good) })
    }

    #[instrument(err, ret)]
    #[fallback(|error| Err(error))]
    #[retry(base_delay = "1ms")]
    fn opaque_inside(self: Arc<Self>, words: Vec<u8>) -> impl Future<Output = Outcome> + Send {
        async move { self.call(words.len() as u32) }
    }

    #[instrument(err, ret)]
    #[retry(base_delay = "1ms")]
    #[timeout("1s", mode = deadline)]
    fn sync_inside(&mut self, words: Vec<u8>) -> Outcome {
        self.count(words.len() as u32)
    }

    /// An `async move` of the body's own keeps its `move`.
    #[instrument]
    #[retry(base_delay = "1ms", clone(words))]
    fn nested(&self, words: Vec<u8>) -> BoxFuture<'_, Outcome> {
        Box::pin(async move {
            let owned = async move { drop(words) };
            send(Box::pin(owned) as BoxFuture<'static, ()>).await;
            self.call(2)
        })
    }
}

fn lines<const N: usize>(lines: [&str; N]) -> Vec<String> {
    lines.map(str::to_owned).to_vec()
}

/// A call that succeeds at its second attempt.
async fn succeeds(call: impl Future<Output = Outcome>) {
    let expected = lines(["span", "error=call 1 failed", "span", "return=2"]);
    assert_eq!(told(call).await, (Ok(2), expected));
}

/// A call that fails at its third attempt.
async fn fails(call: impl Future<Output = Outcome>) {
    let expected = lines(["span", "error=call 1 failed", "span", "error=call 2 failed", "span", "error=call 3 failed"]);
    assert_eq!(told(call).await, (Err(Broken(3)), expected));
}

#[tokio::test(start_paused = true)]
async fn methods_under_async_trait_have_a_span_per_attempt() {
    let client = Client::default;
    succeeds(send(client().shared("k".into(), 1))).await;
    fails(send(client().shared("k".into(), 9))).await;
    succeeds(send(client().provided(&client(), "kk".into()))).await;
    let words = || vec![String::new()];
    let all = told(send(client().exclusive(words(), 1))).await;
    assert_eq!(all, (Ok(2), lines(["span", "error=call 1 failed", "span"])));
    fails(send(client().exclusive(words(), 9))).await;
    let all = told(send(Arc::new(client()).counted(9, (2, 1)))).await;
    let tried = ["span", "error=Broken(1)", "span", "error=Broken(2)", "span", "error=Broken(3)"];
    assert_eq!(all, (Ok(303), lines(tried)));
    assert_eq!(told(send(client().stood_in("k".into()))).await, ((), lines(["span"])));
}

#[tokio::test(start_paused = true)]
async fn functions_that_return_a_future_have_a_span_per_attempt() {
    let client = Client::default;
    succeeds(send(client().plain_inside(vec![0], 1))).await;
    fails(send(client().plain_inside(vec![0], 9))).await;
    succeeds(send(client().box_future_inside(2))).await;
    fails(send(client().box_future_inside(9))).await;
    succeeds(send(client().pinned_inside(&2))).await;
    fails(send(client().pinned_inside(&9))).await;
    succeeds(send(Arc::new(client()).opaque_inside(vec![0, 0]))).await;
    fails(send(Arc::new(client()).opaque_inside(vec![0; 9]))).await;
    succeeds(async { client().sync_inside(vec![0, 0]) }).await;
    fails(async { client().sync_inside(vec![0; 9]) }).await;
    assert_eq!(told(send(client().nested(vec![0]))).await, (Ok(2), lines(["span", "span"])));
}
