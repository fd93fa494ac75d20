//~ once: error[E0277]
//~ this fallback cannot stand in for the function
//~ fn(&'a str) -> Result<u32, Failure> {other}
//~ takes neither the arguments `(u32, &str)`, nor the error `Failure`, nor both, nor nothing
//~ never: UserOnly
//~ never: E0308
use resilience::{fallback, timeout};

#[derive(Debug)]
struct Failure;

#[fallback(other)]
#[timeout("1s", refused = |_| Failure)]
async fn f(n: u32, _: &str) -> Result<u32, Failure> {
    Ok(n)
}

fn other(_: &str) -> Result<u32, Failure> {
    Ok(1)
}

fn main() {
    let _ = f(1, "");
}
