//! Expansions compile, and mean the same, in a crate of an older edition that forbids `unsafe`.
#![deny(warnings)]
#![forbid(unsafe_code)]

use resilience::{circuit_breaker, fallback, registry, retry, timeout, Error};

#[fallback(value = 7)]
#[retry(base_delay = "0ms")]
#[circuit_breaker(name = "edition_2018")]
#[timeout("2s")]
async fn four(fail: bool) -> Result<u32, Error> {
    if fail {
        Err(Error::rate_limited("upstream", None))
    } else {
        Ok(1)
    }
}

#[retry(base_delay = "0ms")]
fn sync(n: u32) -> Option<u32> {
    n.checked_sub(1)
}

#[tokio::test]
async fn functions_are_protected_and_known_before_their_first_call() {
    let known: Vec<_> =
        registry().inventory().into_iter().map(|function| (function.path(), function.stats().calls)).collect();
    assert_eq!(known, [("edition_2018::four", 0), ("edition_2018::sync", 0)]);
    assert_eq!((four(false).await, four(true).await), (Ok(1), Ok(7)));
    assert_eq!((sync(3), sync(0)), (Some(2), None));
}
