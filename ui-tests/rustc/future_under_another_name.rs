//~ once: error[E0277]
//~ a protected function must return `Result<T, E>` or `Option<T>`, not `Pin<Box<
//~ a future under another name is seen where the function ends with `Box::pin(async move { .. })`
//~ fn f() -> Reply
//~ never: E0308
use std::pin::Pin;

use resilience::retry;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

type Reply = Pin<Box<dyn Future<Output = Result<u8, Failure>> + Send>>;

fn ask() -> Reply {
    Box::pin(async { Ok(1) })
}

#[retry]
fn f() -> Reply {
    ask()
}

fn main() {
    drop(f());
}
