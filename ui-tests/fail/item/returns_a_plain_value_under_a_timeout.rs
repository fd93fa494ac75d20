use resilience::{circuit_breaker, retry, timeout};

#[timeout("1s")]
async fn f() -> u32 {
    1
}

#[retry]
#[circuit_breaker(name = "plain")]
fn g() -> (u32, u32) {
    (1, 2)
}

#[timeout("1s")]
async fn h() {}

#[timeout("1s")]
fn i() -> impl Future<Output = String> {
    async { String::new() }
}

fn main() {
    let _ = (f(), g(), h(), i());
}
