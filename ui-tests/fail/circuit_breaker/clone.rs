use resilience::circuit_breaker;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[circuit_breaker(name = "jira_api", clone(req))]
fn f(req: String) -> Result<usize, Failure> {
    Ok(req.len())
}

fn main() {
    let _ = f(String::new());
}
