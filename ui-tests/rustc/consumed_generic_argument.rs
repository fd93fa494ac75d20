//~ once: error[E0277]
//~ the body consumes `request`, which every attempt needs
//~ write `clone(request)` in `#[retry(..)]`
//~ rs:23:10
//~ never: E0382
//~ never: restrict
//~ never: where
use resilience::retry;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

fn send<T>(_: T) {}

#[retry]
async fn f<T>(request: T) -> Result<u32, Failure> {
    send(request);
    Ok(1)
}

fn main() {
    drop(f(1));
}
