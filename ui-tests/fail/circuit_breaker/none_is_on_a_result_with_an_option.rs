use resilience::{Error, circuit_breaker};

#[circuit_breaker(name = "users", none_is = success)]
async fn find(key: u32) -> Result<Option<u32>, Error> {
    Ok(key.checked_sub(1))
}

fn main() {
    drop(find(1));
}
