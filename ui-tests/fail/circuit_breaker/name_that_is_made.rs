use resilience::{Error, circuit_breaker, retry};

#[circuit_breaker(name = format!("jira_{tenant}"))]
fn call(tenant: &str) -> Result<u32, Error> {
    Ok(tenant.len() as u32)
}

#[retry(name = "jira".to_string())]
fn other() -> Result<u32, Error> {
    Ok(1)
}

fn main() {}
