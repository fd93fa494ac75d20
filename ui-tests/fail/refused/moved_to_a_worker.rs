use resilience::{retry, timeout};

struct Status(String);

#[timeout("1s", refused = |e| Status(format!("{id}: {e}")))]
fn f(id: String) -> Result<usize, Status> {
    Ok(id.len())
}

#[retry(clone(id), refused = |_| Status(id))]
#[timeout("1s")]
fn cloned(id: String) -> Result<usize, Status> {
    Ok(id.len())
}

fn main() {
    let _ = (f(String::new()), cloned(String::new()));
}
