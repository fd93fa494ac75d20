//~ once: error[E0308]
//~ expected `u32`, found `&str`
//~ value = "x"
//~ |                    ^^^
//~ never: `match` arms have incompatible types
use resilience::fallback;

#[fallback(value = "x")]
async fn f(n: u32) -> Result<u32, String> {
    Ok(n)
}

fn main() {
    let _ = f(1);
}
