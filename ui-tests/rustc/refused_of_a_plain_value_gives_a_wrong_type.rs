//~ once: error[E0308]
//~ expected `u32`, found `&str`
//~ refused = |_| "late"
//~ never: error[E0277]
use resilience::timeout;

#[timeout("1s", refused = |_| "late")]
async fn f() -> u32 {
    1
}

fn main() {
    let _ = f();
}
