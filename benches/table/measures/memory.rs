//! Bytes per policy and per key, by the allocator's count.

use benches::{fact, tally};
use resilience::{CircuitBreaker, KeyedCircuitBreaker, Retry, Timeout, registry};

use super::Facts;
use crate::work::LIMIT;

const MANY: usize = 1_000;
const KEYS: usize = 10_000;

/// Bytes that `make` leaves behind, per piece.
fn each<T>(pieces: usize, make: impl FnOnce() -> T) -> (f64, T) {
    let before = tally().held;
    let made = make();
    ((tally().held - before) as f64 / pieces as f64, made)
}

fn many<T>(make: impl Fn(String) -> T) -> f64 {
    each(MANY, || {
        let mut all = Vec::with_capacity(MANY);
        all.extend((0..MANY).map(|at| make(format!("policy {at}"))));
        all
    })
    .0
}

pub(super) fn bytes() -> Facts {
    let breaker = |name: String| CircuitBreaker::builder(name);
    let plain = many(|name| breaker(name).build().unwrap());
    let window = many(|name| breaker(name).failure_rate(0.5).window(100).build().unwrap());
    let used = many(|name| {
        let breaker = breaker(name).failure_rate(0.5).window(100).build().unwrap();
        (0..200).for_each(|at| {
            let _ = breaker.call(|| if at % 4 == 0 { Err(resilience::Error::rate_limited("x", None)) } else { Ok(at) });
        });
        breaker
    });
    let registered = many(|name| registry().register(breaker(name).build().unwrap()));
    let retry = many(|name| Retry::builder(name).build().unwrap());
    let timeout = many(|name| Timeout::builder(name).duration(LIMIT).build().unwrap());
    let family = KeyedCircuitBreaker::new(CircuitBreaker::builder("bytes_per_key"), KEYS).unwrap();
    let (key, family) = each(KEYS, || {
        (0..KEYS).for_each(|key| drop(family.get(&key)));
        family
    });
    assert_eq!(family.len(), KEYS);
    let line = |what: &str, bytes: f64| fact(what, &format!("{bytes:.0} bytes"), "–", None);
    vec![
        line("a breaker with the defaults", plain),
        line("a breaker with a window of 100 calls", window),
        line("the same after 200 calls, a quarter failed", used),
        line("a breaker in the registry", registered),
        line("a retry", retry),
        line("a timeout", timeout),
        line("one of 10,000 keys of a keyed breaker", key),
    ]
}
