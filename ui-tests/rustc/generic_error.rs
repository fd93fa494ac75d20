//~ once: error[E0277]
//~ `E` cannot carry a resilience failure
//~ give one of the attributes `refused = |error| ...`, or have `E: From<resilience::Error>`
//~ never: FromRefusal
//~ never: consider restricting type parameter
//~ never: consider introducing a `where` clause
use resilience::{circuit_breaker, timeout};

#[circuit_breaker(name = "generic")]
#[timeout("1s")]
async fn f<E>(result: Result<u32, E>) -> Result<u32, E> {
    result
}

fn main() {
    let _ = f(Ok::<_, u8>(1));
}
