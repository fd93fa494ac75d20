//~ once: error[E0308]
//~ expected `Owned`, found `Result<Owned, Error>`
//~ rs:24:23
//~ never: E0282
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

#[retry(clone(owned = owned.copy()))]
fn f(owned: Owned) -> Result<u32, Failure> {
    drop(owned);
    Ok(1)
}

fn main() {
    let _ = f(Owned);
}
