//! One source for a blocking and an async client: the attributes stand below `maybe_async`.

// [recipe]
use resilience::{Error, circuit_breaker, retry, timeout};

struct Client;

impl Client {
    #[maybe_async::maybe_async]
    #[retry(max_attempts = 3, base_delay = "1ms")]
    #[circuit_breaker(name = "users")]
    #[timeout("1s", mode = deadline)]
    async fn get(&self, path: &str) -> Result<usize, Error> {
        Ok(path.len())
    }
}
// [/recipe]

/// With the feature `is_sync`.
#[maybe_async::sync_impl]
fn main() {
    assert_eq!(Client.get("/users"), Ok(6));
    println!("asked, and waited for");
}

#[maybe_async::async_impl]
#[tokio::main]
async fn main() {
    assert_eq!(Client.get("/users").await, Ok(6));
    println!("asked, and awaited");
}
