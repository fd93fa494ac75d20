use resilience::circuit_breaker;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[circuit_breaker(name = "db", recovery_timeout = "1m", max_recovery_timeout = "30s")]
fn f() -> Result<u32, Failure> {
    Ok(1)
}

fn main() {
    let _ = f();
}
