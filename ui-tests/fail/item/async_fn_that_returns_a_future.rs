use std::future::Future;
use std::pin::Pin;

use resilience::timeout;

#[timeout("1s")]
async fn opaque() -> impl Future<Output = Result<u8, resilience::Error>> {
    async { Ok(1) }
}

#[timeout("1s")]
async fn boxed() -> Pin<Box<dyn Future<Output = Result<u8, resilience::Error>>>> {
    Box::pin(async { Ok(1) })
}

fn main() {}
