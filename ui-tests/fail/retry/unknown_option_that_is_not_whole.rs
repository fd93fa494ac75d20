use resilience::{circuit_breaker, retry};

#[retry(attempts = 3, delay = "1s")]
fn call() -> Result<u32, std::io::Error> {
    Ok(1)
}

#[circuit_breaker(name = "jira_api", threshold = 3, timeout = "30s")]
fn other() -> Result<u32, std::io::Error> {
    Ok(1)
}

fn main() {}
