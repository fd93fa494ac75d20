//~ once: error[E0277]
//~ cannot carry a resilience failure
//~ give one of the attributes `refused = |error| ...`
//~ needs `impl From<resilience::Error> for NoFrom`
//~ never: E0308
use resilience::timeout;

#[derive(Debug)]
struct NoFrom;

#[timeout("1s")]
async fn f() -> Result<u32, NoFrom> {
    Err(NoFrom)
}

fn main() {
    let _ = f();
}
