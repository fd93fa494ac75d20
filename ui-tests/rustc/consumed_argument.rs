//~ once: error[E0277]
//~ the body consumes `words`, which every attempt needs
//~ `words` is consumed here: write `clone(words)` in `#[retry(..)]`
//~ rs:19:8
//~ never: E0382
use resilience::retry;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[retry]
fn f(words: Vec<u32>) -> Result<usize, Failure> {
    Ok(words.into_iter().count())
}

fn main() {
    let _ = f(Vec::new());
}
