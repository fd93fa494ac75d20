//~ once: error[E0277]
//~ this fallback cannot stand in for the function
//~ fn(Failure) -> Result<u32, Failure> {other}
//~ under `when_result` there may be a value in place of an error
//~ put a second `#[fallback(..)]` below, with `when = |error| ...`
//~ never: UserOnly
use resilience::fallback;

#[derive(Debug)]
struct Failure;

#[fallback(other, when_result = |n| *n == 0)]
fn f(n: u32) -> Result<u32, Failure> {
    Ok(n)
}

fn other(_: Failure) -> Result<u32, Failure> {
    Ok(1)
}

fn main() {
    let _ = f(1);
}
