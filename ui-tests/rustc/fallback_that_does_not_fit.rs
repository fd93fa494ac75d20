//~ once: error[E0277]
//~ this fallback cannot stand in for the function
//~ it is `fn([u8; 3], [u8; 3]) -> Result<u32, Failure> {other}`
//~ it may be `fn(u32, &str)`, `fn(Failure)` or `fn()`
//~ never: E0308
use resilience::fallback;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[fallback(other)]
fn f(n: u32, _: &str) -> Result<u32, Failure> {
    Ok(n)
}

fn other(_: [u8; 3], _: [u8; 3]) -> Result<u32, Failure> {
    Ok(1)
}

fn main() {
    let _ = f(1, "");
}
