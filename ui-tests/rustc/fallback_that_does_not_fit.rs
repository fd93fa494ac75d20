//~ E0277
//~ this fallback cannot stand in for the function
use resilience::fallback;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[fallback(other)]
fn f(n: u32) -> Result<u32, Failure> {
    Ok(n)
}

fn other(_: [u8; 3], _: [u8; 3]) -> Result<u32, Failure> {
    Ok(1)
}

fn main() {
    let _ = f(1);
}
