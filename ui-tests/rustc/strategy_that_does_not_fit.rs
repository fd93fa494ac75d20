//~ E0277
//~ this strategy cannot say how long to wait
use resilience::retry;

#[retry(strategy = wrong)]
fn f(n: u32) -> Result<u32, String> {
    Ok(n)
}

fn wrong(_: &str) -> std::time::Duration {
    std::time::Duration::ZERO
}

fn main() {
    let _ = f(1);
}
