//~ once: error[E0308]
//~ expected `Page`, found integer
//~ value = 1
//~ |                    ^
//~ never: `match` arms have incompatible types
use resilience::{fallback, timeout};

struct Page;

#[fallback(value = 1)]
#[timeout("1s")]
async fn f() -> Page {
    Page
}

fn main() {
    let _ = f();
}
