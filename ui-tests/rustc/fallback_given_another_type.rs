//~ once: error[E0277]
//~ a fallback cannot be given `String`
//~ must be `Failure`, the error type of the function, or `resilience::Fault<Failure>`
//~ never: E0308
use resilience::{fallback, timeout};

#[derive(Debug)]
struct Failure;

#[fallback(|error: String| Ok(error.len()))]
#[timeout("1s")]
async fn f() -> Result<usize, Failure> {
    Ok(1)
}

fn main() {
    let _ = f();
}
