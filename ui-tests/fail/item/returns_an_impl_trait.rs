use std::fmt::Display;

use resilience::{retry, timeout};

#[timeout("1s")]
async fn f() -> impl Display {
    1
}

#[retry]
fn g() -> impl Future<Output = impl Display> {
    async { 1 }
}

fn main() {
    let _ = (f(), g());
}
