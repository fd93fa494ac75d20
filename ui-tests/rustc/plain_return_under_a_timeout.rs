//~ once: error[E0277]
//~ a protected function must return `Result<T, E>` or `Option<T>`, not `Page`
//~ `refused = |error| ...`
//~ async fn f() -> Page
//~ never: remove the `.await`
use resilience::{circuit_breaker, retry, timeout};

struct Page;

#[retry]
#[circuit_breaker(name = "plain")]
#[timeout("1s")]
async fn f() -> Page {
    Page
}

fn main() {
    let _ = f();
}
