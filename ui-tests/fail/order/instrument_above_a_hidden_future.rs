use std::future::Future;

use futures_util::future::{BoxFuture, FutureExt as _};
use resilience::retry;
use tracing::instrument;

type Outcome = Result<u8, resilience::Error>;

async fn other(_: &str) -> Outcome {
    Ok(1)
}

struct Client;

impl Client {
    #[instrument(skip(self), err)]
    #[retry(max_attempts = 2)]
    fn opaque(&self, key: &'static str) -> impl Future<Output = Outcome> {
        other(key)
    }

    #[instrument(skip(self), ret)]
    #[retry]
    fn boxed(&self, key: &'static str) -> BoxFuture<'static, Outcome> {
        other(key).boxed()
    }

    #[instrument(skip(self))]
    #[retry]
    fn without_events(&mut self, key: String) -> BoxFuture<'_, Outcome> {
        async move { other(&key).await }.boxed()
    }
}

fn main() {}
