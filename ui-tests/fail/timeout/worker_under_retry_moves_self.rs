use resilience::{retry, timeout};

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

use std::sync::Arc;

struct Client(u32);

impl Client {
    #[retry]
    #[timeout("2s")]
    fn f(self: Arc<Self>) -> Result<u32, Failure> {
        Ok(self.0)
    }
}

fn main() {
    let _ = Arc::new(Client(1)).f();
}
