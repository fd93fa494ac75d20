//~ E0615
//~ value of method `le`
//~ never: E0425
use resilience::retry;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[retry]
fn f(text: &str) -> Result<usize, Failure> {
    text.le;
    Ok(1)
}

fn main() {
    let _ = f("a");
}
