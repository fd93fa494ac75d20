use resilience::retry;
use resilience::timeout as limit;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[retry]
#[limit("1s")]
async fn f() -> Result<u32, Failure> {
    Ok(1)
}

fn main() {
    let _ = f();
}
