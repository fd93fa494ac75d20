//~ the body consumes `order`, which the fallback needs
//~ write `clone(order)` in `#[fallback(..)]`
//~ rs:25:10
//~ never: E0382
use resilience::{fallback, timeout};

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

fn send(_: Vec<u8>) {}

async fn queued(_: Vec<u8>) -> Result<u32, Failure> {
    Ok(1)
}

#[fallback(queued)]
#[timeout("2s")]
async fn f(order: Vec<u8>) -> Result<u32, Failure> {
    send(order);
    Ok(1)
}

fn main() {
    drop(f(Vec::new()));
}
