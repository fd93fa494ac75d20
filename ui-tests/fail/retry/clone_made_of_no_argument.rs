use resilience::retry;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[retry(clone(rq = req.to_owned()))]
fn f(req: String) -> Result<usize, Failure> {
    Ok(req.len())
}

fn main() {
    let _ = f(String::new());
}
