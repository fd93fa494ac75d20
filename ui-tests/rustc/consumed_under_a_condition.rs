//~ once: error[E0277]
//~ the body consumes `words`, which every attempt needs
//~ `words` is consumed in this body: write `clone(words)` in `#[retry(..)]`
//~ never: E0382
use resilience::retry;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

fn count(words: Vec<u32>) -> usize {
    words.len()
}

#[retry]
async fn f(words: Vec<u32>) -> Result<usize, Failure> {
    #[cfg(not(any()))]
    let more = 1;
    Ok(count(words) + more)
}

fn main() {
    drop(f(Vec::new()));
}
