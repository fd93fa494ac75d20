//~ once: error[E0277]
//~ the body consumes `request`, which every attempt needs
//~ `request` is consumed in this body: write `clone(request)` in `#[retry(..)]`
//~ rs:32:8
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

    async fn send(self, _: u32) -> u32 {
        1
    }
}

#[retry]
async fn f(request: Request) -> Result<u32, Failure> {
    let seen = request.look();
    Ok(request.send(seen).await)
}

fn main() {
    drop(f(Request));
}
