//~ once: error[E0277]
//~ a protected function must return `Result<T, E>` or `Option<T>`, not `Page`
//~ never: remove the `.await`
use std::pin::Pin;

use resilience::{circuit_breaker, timeout};

struct Page;

#[circuit_breaker(name = "plain")]
#[timeout("1s")]
fn f() -> Pin<Box<dyn Future<Output = Page>>> {
    Box::pin(async { Page })
}

fn main() {
    drop(f());
}
