use resilience::circuit_breaker;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[circuit_breaker(name = "db", failure_threshold = 0, half_open_max_calls = 0, success_threshold = 0)]
fn f() -> Result<u32, Failure> {
    Ok(1)
}

fn main() {
    let _ = f();
}
