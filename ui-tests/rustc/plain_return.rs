//~ once: error[E0277]
//~ must return `Result<T, E>` or `Option<T>`
//~ `refused = |error| ...`
//~ never: remove the `.await`
use resilience::retry;

struct Page;

#[retry]
fn f() -> Page {
    Page
}

fn main() {
    let _ = f();
}
