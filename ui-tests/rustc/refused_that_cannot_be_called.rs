//~ once: error[E0277]
//~ `refused` must be a function from `resilience::Error` to `Status`
//~ or write a closure: `refused = |error| ...`
//~ never: error[E0308]
use resilience::timeout;

struct Status;

#[timeout("1s", refused = Status)]
async fn f() -> Result<u32, Status> {
    Ok(1)
}

fn main() {
    let _ = f();
}
