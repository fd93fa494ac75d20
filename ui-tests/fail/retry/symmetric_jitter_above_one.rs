use resilience::retry;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[retry(jitter = symmetric(1.5))]
fn f() -> Result<u32, Failure> {
    Ok(1)
}

fn main() {
    let _ = f();
}
