//~ once: error[E0277]
//~ `Owned: Clone` is not satisfied
//~ rs:24:15
//~ #[derive(Clone)]
use resilience::retry;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

struct Owned;

impl Owned {
    fn copy(&self) -> Result<Self, std::fmt::Error> {
        Ok(Self)
    }
}

#[retry(clone(owned))]
fn f(owned: Owned) -> Result<u32, Failure> {
    drop(owned);
    Ok(1)
}

fn main() {
    let _ = f(Owned);
}
