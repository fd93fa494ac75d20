use resilience::{circuit_breaker, timeout};

struct Status;

#[timeout("1s", refused)]
async fn f() -> Result<u32, Status> {
    Ok(1)
}

#[timeout("1s", refused = )]
async fn plain() -> u32 {
    1
}

#[circuit_breaker(name = "refused", refused(|_| Status))]
fn g() -> Result<u32, Status> {
    Ok(1)
}

fn main() {
    let _ = (f(), plain(), g());
}
