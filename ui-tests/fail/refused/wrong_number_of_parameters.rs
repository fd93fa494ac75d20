use resilience::{circuit_breaker, timeout};

struct Status;

#[timeout("1s", refused = || Status)]
async fn f() -> Result<u32, Status> {
    Ok(1)
}

#[circuit_breaker(name = "refused", refused = |error, n| Status)]
fn g(n: u32) -> Result<u32, Status> {
    Ok(n)
}

fn main() {
    let _ = (f(), g(1));
}
