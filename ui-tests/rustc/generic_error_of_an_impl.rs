//~ once: error[E0277]
//~ `E` cannot carry a resilience failure
//~ give one of the attributes `refused = |error| ...`, or have `E: From<resilience::Error>`
//~ never: consider restricting type parameter
use resilience::{fallback, timeout};

struct Client<E>(Result<u32, E>);

impl<E: Clone> Client<E> {
    #[fallback(|error| Err(error), when = |_| true)]
    #[timeout("1s")]
    async fn f(&self) -> Result<u32, E> {
        self.0.clone()
    }
}

fn main() {
    let _ = Client(Ok::<_, u8>(1)).f();
}
