//~ once: error[E0277]
//~ the body consumes `request`, which every attempt needs
//~ rs:24:13
use resilience::{retry, timeout};

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

struct Request(u32);

fn send(request: Request) -> u32 {
    request.0
}

#[retry]
#[timeout("2s")]
fn f(request: Request) -> Result<u32, Failure> {
    Ok(send(request))
}

fn main() {
    let _ = f(Request(1));
}
