//! What a call costs where it is made: among many threads, and with failures in the window, as every service has.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use benches::{Batch, Effort, calls, fact, in_a_crowd, in_turns, turns};
use resilience::{CircuitBreaker, CircuitBreakerBuilder, KeyedCircuitBreaker, Timeout, circuit_breaker, retry};

use super::Facts;
use crate::stacks::protected_ready;
use crate::work::{Down, LIMIT, id, page, ready};

/// The last of so many threads is measured.
const THREADS: usize = 64;
/// And so many more have made one call, as those of a pool for blocking calls.
const IDLE: usize = 200;
/// One call in so many fails.
const FAILS: u32 = 1_000;

#[circuit_breaker(name = "server_breaker", failure_rate = 0.5, window = 100)]
fn broken(id: u32) -> Result<u32, Down> {
    page(id)
}

#[retry(name = "server_retry")]
fn retried(id: u32) -> Result<u32, Down> {
    page(id)
}

fn count() -> CircuitBreakerBuilder {
    CircuitBreaker::builder("server").failure_rate(0.5).window(100)
}

fn time() -> CircuitBreakerBuilder {
    CircuitBreaker::builder("server").failure_rate(0.5).window(Duration::from_secs(10)).minimum_calls(100)
}

/// Calls of which one in so many fails; none if it is 0.
fn breaker(builder: CircuitBreakerBuilder, fails: u32) -> Batch {
    let breaker = builder.build().unwrap();
    Box::new(move |n| {
        let mut left = fails;
        calls_of(n, || {
            left = if left == 1 { fails } else { left.saturating_sub(1) };
            let id = if fails > 0 && left == 1 { u32::MAX } else { id() };
            breaker.call(|| page::<Down>(id))
        });
    })
}

fn calls_of<T>(n: u64, mut call: impl FnMut() -> T) {
    for _ in 0..n {
        std::hint::black_box(&call());
    }
}

pub(super) fn threads(effort: Effort) -> Facts {
    let timeout = Timeout::builder("server").duration(LIMIT).build().unwrap();
    let family = KeyedCircuitBreaker::new(CircuitBreaker::builder("server"), 10).unwrap();
    let contenders: [(&str, Batch); 7] = [
        ("breaker, count window", breaker(count(), 0)),
        ("breaker, time window", breaker(time(), 0)),
        ("breaker, attribute", calls(|| broken(id()))),
        ("breaker, one key", calls(move || family.get(&7).call(|| page::<Down>(id())))),
        ("retry, attribute", calls(|| retried(id()))),
        ("timeout", Box::new(move |n| turns(n, || timeout.call_async(|| ready::<Down>(id()))))),
        ("full stack", Box::new(|n| turns(n, || protected_ready(id())))),
    ];
    let line = |(what, batch): &(&str, Batch)| {
        let [alone, last] = in_a_crowd(effort, batch, THREADS, IDLE);
        fact(
            &format!("{what}: the last of {THREADS} threads, beside {IDLE} that called once"),
            &format!("{last:.1} ns, {:.2} × alone", last / alone),
            "≤ 2 ×",
            Some(last / alone <= 2.0),
        )
    };
    let mut facts: Facts = contenders.iter().map(line).collect();
    facts.push(new_key(effort));
    facts
}

/// A key that nobody has used before, in a family that is full.
fn new_key(effort: Effort) -> String {
    const KEYS: u32 = 10_000;
    let family = KeyedCircuitBreaker::new(CircuitBreaker::builder("server_new"), KEYS as usize).unwrap();
    let next = AtomicU32::new(0);
    (0..KEYS).for_each(|_| drop(family.get(&next.fetch_add(1, Ordering::Relaxed))));
    let took = benches::nanos(effort, move || family.get(&next.fetch_add(1, Ordering::Relaxed)));
    fact("a new key among 10,000, another one goes", &format!("{took:.0} ns"), "≤ 1 µs", Some(took <= 1_000.0))
}

pub(super) fn failures(effort: Effort) -> Facts {
    let mut facts = Facts::new();
    for (what, build) in [
        ("breaker, count window", count as fn() -> CircuitBreakerBuilder),
        ("breaker, time window", time),
        ("breaker, consecutive", || CircuitBreaker::builder("server")),
    ] {
        let found = in_turns(effort, &[breaker(build(), 0), breaker(build(), FAILS)]);
        for (threads, at) in [("one thread", 0), ("two threads", 1)] {
            let (clean, failing) = (found[0][at], found[1][at]);
            facts.push(fact(
                &format!("{what}: 0.1 % of the calls fail, {threads}"),
                &format!("{failing:.1} ns, {:.2} × without failures ({clean:.1})", failing / clean),
                "≤ 1.5 ×",
                Some(failing / clean <= 1.5),
            ));
        }
    }
    facts
}
