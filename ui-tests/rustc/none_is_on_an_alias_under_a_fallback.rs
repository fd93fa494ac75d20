//~ once: error[E0277]
//~ `none_is` says what the `None` of an `Option<T>` means, and this function fails with `String`
//~ rs:8:33
use resilience::fallback;

type Found<T> = Result<T, String>;

#[fallback(value = 3, none_is = success)]
fn find(key: u32) -> Found<u32> {
    Ok(key)
}

fn main() {
    let _ = find(1);
}
