use resilience::{circuit_breaker, fallback, retry, timeout};

struct Failure(u16);

#[fallback(|error| Some(Err(error)), when = |error| error.0 == 404)]
#[retry(retry_if = |error: &Failure| error.0 == 503, abort_if = is_fatal)]
#[circuit_breaker(name = "nested", ignore_if = |error| error.0 == 404)]
#[timeout("1s")]
async fn next(n: u32) -> Option<Result<u32, Failure>> {
    Some(Ok(n))
}

fn is_fatal(_: &Failure) -> bool {
    false
}

#[fallback(|_| Some(Ok(1)), when_result = |value| value.is_err())]
#[retry(retry_if = |_| true, retry_if_result = |value| value.is_err())]
fn fine(n: u32) -> Option<Result<u32, Failure>> {
    Some(Ok(n))
}

fn main() {
    let _ = (next(1), fine(1));
}
