//~ once: error[E0277]
//~ the body consumes `page.words`, which every attempt needs
//~ `page.words` is consumed here: write `clone(page)` in `#[retry(..)]`
//~ rs:28:17
//~ never: E0382
use resilience::retry;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

struct Page {
    words: Vec<u32>,
    number: u32,
}

fn count(_: u32, words: Vec<u32>) -> usize {
    words.len()
}

#[retry]
async fn f(page: Page) -> Result<usize, Failure> {
    Ok(count(1, page.words))
}

fn main() {
    drop(f(Page { words: Vec::new(), number: 1 }));
}
