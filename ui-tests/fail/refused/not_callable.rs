use resilience::timeout;

#[derive(Default)]
struct Status;

#[timeout("1s", refused = "unavailable")]
async fn f() -> Result<u32, Status> {
    Ok(1)
}

#[timeout("1s", refused = 503)]
async fn plain() -> u32 {
    1
}

fn main() {
    let _ = (f(), plain());
}
