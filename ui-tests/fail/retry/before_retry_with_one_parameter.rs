use resilience::retry;

#[retry(max_attempts = 3, before_retry = |error| println!("{error}"))]
fn call() -> Result<u32, std::io::Error> {
    Ok(1)
}

#[retry(max_attempts = 3, before_retry = || println!("again"))]
fn other() -> Result<u32, std::io::Error> {
    Ok(1)
}

fn main() {}
