use resilience::{Error, circuit_breaker, fallback, retry, timeout};

#[retry(max_attempts = 3, base_delay = "10ms")]
#[circuit_breaker(name = "smoke", failure_threshold = 5, recovery_timeout = "30s")]
#[timeout("2s")]
async fn search(tries: &std::cell::Cell<u32>) -> Result<u32, String> {
    tries.set(tries.get() + 1);
    if tries.get() < 3 {
        Err("busy".into())
    } else {
        Ok(tries.get())
    }
}

#[fallback(cached)]
#[retry(max_attempts = 2, base_delay = "10ms")]
fn price(sku: &str) -> Result<u32, Error> {
    Err(Error::rate_limited(sku.to_owned(), None))
}
fn cached(_sku: &str) -> Result<u32, Error> {
    Ok(7)
}

#[tokio::test(start_paused = true)]
async fn it_retries() {
    let tries = std::cell::Cell::new(0);
    assert_eq!(search(&tries).await, Ok(3));
    assert_eq!(price("x"), Ok(7));
}
