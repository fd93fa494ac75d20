use resilience::retry;

#[retry(max_attempts = 3, max_delay = "0ms")]
fn call() -> Result<u32, std::io::Error> {
    Ok(1)
}

fn main() {}
