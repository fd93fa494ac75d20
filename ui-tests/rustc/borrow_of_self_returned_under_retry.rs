//~ E0524
//~ #[retry]
//~ never: E0277
use resilience::retry;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

struct Client(u32);

impl Client {
    #[retry]
    fn f(&mut self) -> Result<&mut u32, Failure> {
        Ok(&mut self.0)
    }
}

fn main() {
    let _ = Client(1).f();
}
