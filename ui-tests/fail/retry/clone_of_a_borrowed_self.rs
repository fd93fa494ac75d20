use resilience::retry;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

struct Client;

impl Client {
    #[retry(clone(self))]
    fn f(&self) -> Result<u32, Failure> {
        Ok(1)
    }
}

fn main() {
    let _ = Client.f();
}
