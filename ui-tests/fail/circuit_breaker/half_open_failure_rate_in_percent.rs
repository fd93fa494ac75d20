use resilience::circuit_breaker;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[circuit_breaker(name = "db", success_threshold = 4, half_open_failure_rate = 25)]
fn f() -> Result<u32, Failure> {
    Ok(1)
}

#[circuit_breaker(name = "db", half_open_failure_rates = 0.25)]
fn g() -> Result<u32, Failure> {
    Ok(1)
}

fn main() {
    let _ = f();
    let _ = g();
}
