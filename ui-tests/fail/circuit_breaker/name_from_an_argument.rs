use resilience::circuit_breaker;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[circuit_breaker(name = tenant)]
fn f(tenant: &str) -> Result<usize, Failure> {
    Ok(tenant.len())
}

fn main() {
    let _ = f("a");
}
