//~ E0277
//~ must return `Result<T, E>` or `Option<T>`
use resilience::retry;

#[retry]
fn f() -> u32 {
    1
}

fn main() {
    let _ = f();
}
