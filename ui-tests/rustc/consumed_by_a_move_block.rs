//~ once: error[E0277]
//~ the body consumes `words`, which every attempt needs
//~ rs:18:30
//~ never: `name`
use resilience::retry;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[retry]
async fn f(name: String, words: Vec<String>) -> Result<usize, Failure> {
    let count = async move { words.len() };
    Ok(count.await + name.len())
}

fn main() {
    drop(f(String::new(), Vec::new()));
}
