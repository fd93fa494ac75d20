#![deny(warnings)]
#![deny(clippy::all)]
use resilience::{circuit_breaker, fallback, retry, timeout};

#[derive(Debug)]
struct Status(String);

impl From<resilience::Error> for Status {
    fn from(_: resilience::Error) -> Self {
        unreachable!()
    }
}

fn status(error: resilience::Error) -> Status {
    Status(error.to_string())
}

#[fallback(value = 1, when = |status: &Status| status.0.is_empty())]
#[retry(max_attempts = 2)]
#[circuit_breaker(name = "refused::pass")]
#[timeout("1s", refused = status)]
async fn by_path(id: &str) -> Result<u32, Status> {
    Err(Status(id.to_owned()))
}

#[timeout("2s", refused = |error| format!("{id}: {error}"))]
async fn plain(id: String) -> String {
    id.clone()
}

fn main() {
    let _ = (by_path("a"), plain(String::new()));
}
