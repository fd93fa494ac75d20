//~ once: error[E0631]
//~ expected closure signature `fn(resilience::Error) -> _`
//~ refused = |error: &str| Status
use resilience::circuit_breaker;

struct Status;

#[circuit_breaker(name = "refused", refused = |error: &str| Status)]
fn f() -> Result<u32, Status> {
    Ok(1)
}

fn main() {
    let _ = f();
}
