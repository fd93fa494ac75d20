//~ once: error[E0277]
//~ a protected function must return `Result<T, E>` or `Option<T>`, not `<S as Source>::Page`
//~ `refused = |error| ...`
//~ fn page<S>(source: &S) -> S::Page
//~ never: help: consider
use resilience::retry;

trait Source {
    type Page;

    fn load(&self) -> Self::Page;
}

#[retry]
fn page<S>(source: &S) -> S::Page
where
    S: Source,
{
    source.load()
}

fn main() {}
