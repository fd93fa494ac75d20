//~ once: error[E0277]
//~ the policies do not see what this future comes to
//~ end the function with `Box::pin(async move { .. })`
//~ fn f() -> Reply
//~ never: E0308
use std::pin::Pin;

use resilience::timeout;

type Reply = Pin<Box<dyn Future<Output = u8> + Send>>;

fn ask() -> Reply {
    Box::pin(async { 1 })
}

#[timeout("1s", refused = |_| ask())]
fn f() -> Reply {
    ask()
}

fn main() {
    drop(f());
}
