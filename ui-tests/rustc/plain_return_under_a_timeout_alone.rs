//~ once: error[E0277]
//~ a protected function must return `Result<T, E>` or `Option<T>`, not `Page`
//~ `refused = |error| ...`
//~ never: remove the `.await`
use resilience::timeout;

struct Page;

#[timeout("1s")]
async fn f() -> Page {
    Page
}

fn main() {
    let _ = f();
}
