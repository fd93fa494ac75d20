//~ once: error[E0277]
//~ the body consumes a part of `page`, which every attempt needs
//~ a part of `page` is consumed here: write `clone(page)` in `#[retry(..)]`
//~ rs:28:14
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
    Ok(count(page.number, page.words))
}

fn main() {
    drop(f(Page { words: Vec::new(), number: 1 }));
}
