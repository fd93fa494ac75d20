use resilience::retry;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

trait Fetch {
    #[retry]
    fn f(&self) -> Result<u32, Failure>;
}

impl Fetch for u32 {
    fn f(&self) -> Result<u32, Failure> {
        Ok(*self)
    }
}

fn main() {
    let _ = 1.f();
}
