//~ E0277
//~ Clone
use resilience::retry;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

struct Owned;

#[retry]
fn f(mut owned: Owned) -> Result<u32, Failure> {
    owned = Owned;
    drop(owned);
    Ok(1)
}

fn main() {
    let _ = f(Owned);
}
