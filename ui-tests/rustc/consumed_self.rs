//~ once: error[E0277]
//~ the body consumes `self`, which every attempt needs
//~ write `clone(self)` in `#[retry(..)]`
//~ rs:21:41
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
    #[retry]
    fn f(self: std::sync::Arc<Self>) -> Result<u32, Failure> {
        std::thread::spawn(move || drop(self));
        Ok(1)
    }
}

fn main() {
    let _ = std::sync::Arc::new(Client).f();
}
