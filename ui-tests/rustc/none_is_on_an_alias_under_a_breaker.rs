//~ once: error[E0277]
//~ `none_is` says what the `None` of an `Option<T>` means, and this function fails with `resilience::Error`
//~ rs:8:45
use resilience::circuit_breaker;

type Found<T> = Result<T, resilience::Error>;

#[circuit_breaker(name = "users", none_is = success)]
async fn find(key: u32) -> Found<u32> {
    Ok(key)
}

fn main() {
    drop(find(1));
}
