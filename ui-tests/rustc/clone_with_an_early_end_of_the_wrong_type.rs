//~ E0277
//~ can only be used on `Result`s
//~ rs:23:34
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

#[retry(clone(owned = Some(Owned)?))]
fn f(owned: Owned) -> Result<u32, Failure> {
    drop(owned);
    Ok(1)
}

fn main() {
    let _ = f(Owned);
}
