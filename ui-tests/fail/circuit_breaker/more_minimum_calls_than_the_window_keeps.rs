use resilience::circuit_breaker;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[circuit_breaker(name = "db", failure_rate = 0.5, window = 10, minimum_calls = 20)]
fn f() -> Result<u32, Failure> {
    Ok(1)
}

fn main() {
    let _ = f();
}
