//~ E0382
//~ use of moved value: `request`
//~ #[retry]
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
async fn f(request: Request) -> Result<u32, Failure> {
    Ok(request.send())
}

fn main() {
    drop(f(Request));
}
