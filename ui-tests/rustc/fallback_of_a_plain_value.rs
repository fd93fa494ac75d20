//~ once: error[E0277]
//~ this attribute waits for a failure that never comes: `Page` is none, and nothing below may refuse
//~ `when_result = |value| ...`
use resilience::fallback;

struct Page;

#[fallback(value = Page)]
fn f() -> Page {
    Page
}

fn main() {
    let _ = f();
}
