use resilience::{circuit_breaker, retry, timeout};

struct Status;

#[retry(max_attempts = 2, refused = |_| Status)]
#[circuit_breaker(name = "refused", refused = |_| Status)]
#[timeout("1s", refused = |_| Status)]
async fn f() -> Result<u32, Status> {
    Ok(1)
}

#[timeout("1s", refused = |_| Status, refused = |_| Status)]
async fn g() -> Result<u32, Status> {
    Ok(1)
}

fn main() {
    let _ = (f(), g());
}
