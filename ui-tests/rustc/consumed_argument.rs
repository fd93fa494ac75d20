//~ E0382
//~ use of moved value: `words`
//~ #[retry]
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
