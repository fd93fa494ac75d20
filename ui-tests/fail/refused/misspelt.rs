use resilience::timeout;

struct Status;

#[timeout("1s", refusd = |_| Status)]
async fn f() -> Result<u32, Status> {
    Ok(1)
}

#[timeout("1s", refuse = |_| 1)]
async fn plain() -> u32 {
    1
}

fn main() {
    let _ = (f(), plain());
}
