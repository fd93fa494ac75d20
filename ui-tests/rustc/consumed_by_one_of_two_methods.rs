//~ once: error[E0277]
//~ the body consumes `first` or `second`, which every attempt needs
//~ if it is `second`, write `clone(second)` in `#[retry(..)]`
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
    fn look(&self) -> u32 {
        1
    }

    fn send(self) -> u32 {
        1
    }
}

#[retry]
async fn f(first: Request, second: Request) -> Result<u32, Failure> {
    let seen = first.look();
    Ok(seen + second.send())
}

fn main() {
    drop(f(Request, Request));
}
