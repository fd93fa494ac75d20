use resilience::{circuit_breaker, retry};

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[retry(max_atempts = 3)]
#[circuit_breaker(nam = "db")]
fn f() -> Result<u32, Failure> {
    Ok(1)
}

fn main() {
    let _ = f();
}
