//~ once: error[E0308]
//~ expected `Result<u32, Failure>`, found `Option<u32>`
//~ 10 | #[fallback(other)]
//~ never: E0277
use resilience::fallback;

#[derive(Debug)]
struct Failure;

#[fallback(other)]
async fn f(n: u32) -> Result<u32, Failure> {
    Ok(n)
}

async fn other(n: u32) -> Option<u32> {
    Some(n)
}

fn main() {
    let _ = f(1);
}
