//~ once: error[E0277]
//~ the body consumes `request`, which every attempt needs
//~ write `clone(request)` in `#[retry(..)]`
//~ never: E0382
use resilience::retry;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

struct Request;

impl Request {
    fn send(self) -> u32 {
        1
    }
}

#[retry]
fn f(request: Request) -> Result<u32, Failure> {
    Ok(request.send())
}

fn main() {
    let _ = f(Request);
}
