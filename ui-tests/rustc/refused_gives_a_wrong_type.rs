//~ once: error[E0308]
//~ expected `Status`, found `Result<_, Status>`
//~ refused = |error| Err(Status)
//~ never: error[E0277]
use resilience::{fallback, timeout};

struct Status;

#[fallback(|error| Err(error), when = |_: &Status| true)]
#[timeout("1s", refused = |error| Err(Status))]
async fn f() -> Result<u32, Status> {
    Ok(1)
}

fn main() {
    let _ = f();
}
