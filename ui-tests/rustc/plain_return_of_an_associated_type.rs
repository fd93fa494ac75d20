//~ once: error[E0277]
//~ a protected function must return `Result<T, E>` or `Option<T>`, not `<Self as Source>::Page`
//~ `refused = |error| ...`
//~ fn page(&self) -> Self::Page
//~ never: help: consider
//~ never: remove the `.await`
use resilience::timeout;

trait Source {
    type Page;

    fn load(&self) -> Self::Page;

    #[timeout("1s")]
    async fn page(&self) -> Self::Page {
        self.load()
    }
}

fn main() {}
