//~ once: error[E0277]
//~ `refused` must be a function from `resilience::Error` to `Status`
//~ is no `fn(resilience::Error) -> Status`
//~ fn(resilience::Error) -> u16 {status}
//~ never: error[E0308]
use resilience::{fallback, timeout};

struct Status;

#[fallback(|error| Err(error), when = |_: &Status| true)]
#[timeout("1s", refused = status)]
async fn f() -> Result<u32, Status> {
    Ok(1)
}

fn status(_: resilience::Error) -> u16 {
    503
}

fn main() {
    let _ = f();
}
