use resilience::timeout;

struct Status;

#[timeout("1s", refused = |e| status(e).await)]
async fn f() -> Result<u32, Status> {
    Ok(1)
}

#[timeout("1s", refused = |e| async move { status(e).await })]
async fn g() -> Result<u32, Status> {
    Ok(1)
}

#[timeout("1s", refused = async |e| status(e).await)]
async fn h() -> Result<u32, Status> {
    Ok(1)
}

async fn status(_: resilience::Error) -> Status {
    Status
}

fn main() {
    let _ = (f(), g(), h());
}
