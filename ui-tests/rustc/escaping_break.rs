//~ E0267
use resilience::retry;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[retry]
fn f() -> Result<u32, Failure> {
    break;
}

fn main() {
    let _ = f();
}
