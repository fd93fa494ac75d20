use resilience::{Error, retry};

#[retry(none_is = success)]
fn find(key: u32) -> Result<u32, Error> {
    Ok(key)
}

fn main() {
    let _ = find(1);
}
