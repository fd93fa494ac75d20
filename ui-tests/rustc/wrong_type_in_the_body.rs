//~ E0308
//~ Ok("x")
use resilience::retry;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[retry]
async fn f() -> Result<u32, Failure> {
    Ok("x")
}

fn main() {
    let _ = f();
}
