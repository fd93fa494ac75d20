use std::future::{Future, Ready, ready};
use std::pin::Pin;

use resilience::timeout;

type Outcome = Result<u8, resilience::Error>;
type LaterFuture = Pin<Box<dyn Future<Output = Outcome>>>;

struct ResponseFuture(Ready<Outcome>);

fn later() -> LaterFuture {
    Box::pin(ready(Ok(1)))
}

#[timeout("1s")]
fn named(name: &str) -> LaterFuture {
    let _ = name;
    later()
}

trait Service {
    type Future;
    fn call(&mut self) -> Self::Future;
}

impl Service for u8 {
    type Future = ResponseFuture;

    #[timeout("1s")]
    fn call(&mut self) -> Self::Future {
        ResponseFuture(ready(Ok(*self)))
    }
}

fn main() {}
