//! The six hottest rows, for callgrind: `cargo run -p instructions` runs them and judges what they cost.
//!
//! Each is a loop of calls that has been round once before it is measured: what a call site does at its first call is
//! not in the counts. A reading of the clock is a system call here, and costs a few instructions only.
#![allow(clippy::unwrap_used, reason = "the rules of the runtime do not bind what measures it")]
#![allow(missing_docs, unreachable_pub, reason = "the harness makes public items of the rows")]

use std::hint::black_box;
use std::time::Duration;

use benches::{YieldOnce, calls, turns};
use gungraun::{library_benchmark, library_benchmark_group, main};
use instructions::CALLS;
use resilience::{CircuitBreaker, CircuitState, Error, circuit_breaker, fallback, retry, timeout};

/// So many calls of one row. Never freed, as freeing is no part of a call.
type Loop = &'static dyn Fn(u64);

fn warm(batch: impl Fn(u64) + 'static) -> Loop {
    batch(CALLS);
    Box::leak(Box::new(batch))
}

#[derive(Debug)]
enum Failure {
    Down,
    #[allow(dead_code, reason = "read by nobody, but it must be carried")]
    Refused(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// The argument, unknown to the compiler.
fn id() -> u32 {
    black_box(7)
}

/// The body: succeeds, but the compiler cannot know.
#[inline(always)]
fn page(id: u32) -> Result<u32, Failure> {
    if black_box(id) == u32::MAX { Err(Failure::Down) } else { Ok(id) }
}

fn closed() -> Loop {
    let breaker = CircuitBreaker::builder("closed").failure_rate(0.5).window(100).build().unwrap();
    warm(calls(move || breaker.call(|| page(id()))))
}

fn open() -> Loop {
    let breaker = CircuitBreaker::builder("open").failure_threshold(1).recovery_timeout(Duration::from_secs(3_600));
    let breaker = breaker.build().unwrap();
    let _ = breaker.call(|| page(u32::MAX));
    assert_eq!(breaker.state(), CircuitState::Open);
    warm(calls(move || breaker.call(|| page(id()))))
}

#[retry]
fn retried(id: u32) -> Result<u32, Failure> {
    page(id)
}

fn first_try() -> Loop {
    warm(calls(|| retried(id())))
}

#[timeout("2s")]
async fn limited(id: u32) -> Result<u32, Failure> {
    page(id)
}

fn in_time() -> Loop {
    warm(|n| turns(n, || limited(id())))
}

#[fallback(value = 0)]
#[retry]
#[circuit_breaker(name = "ready", failure_rate = 0.5, window = 100)]
#[timeout("2s")]
async fn ready(id: u32) -> Result<u32, Failure> {
    page(id)
}

fn stack_ready() -> Loop {
    warm(|n| turns(n, || ready(id())))
}

#[fallback(value = 0)]
#[retry]
#[circuit_breaker(name = "pending", failure_rate = 0.5, window = 100)]
#[timeout("2s")]
async fn pending(id: u32) -> Result<u32, Failure> {
    YieldOnce::default().await;
    page(id)
}

fn stack_pending() -> Loop {
    warm(|n| turns(n, || pending(id())))
}

#[library_benchmark]
#[bench::sync(setup = closed)]
fn breaker_closed_with_a_count_window(calls: Loop) {
    calls(CALLS);
}

#[library_benchmark]
#[bench::sync(setup = open)]
fn breaker_open_and_refusing(calls: Loop) {
    calls(CALLS);
}

#[library_benchmark]
#[bench::sync(setup = first_try)]
fn retry_whose_first_try_succeeds(calls: Loop) {
    calls(CALLS);
}

#[library_benchmark]
#[bench::asynchronous(setup = in_time)]
fn timeout_ready_at_the_first_poll(calls: Loop) {
    calls(CALLS);
}

#[library_benchmark]
#[bench::asynchronous(setup = stack_ready)]
fn full_stack_ready(calls: Loop) {
    calls(CALLS);
}

#[library_benchmark]
#[bench::asynchronous(setup = stack_pending)]
fn full_stack_pending_once(calls: Loop) {
    calls(CALLS);
}

library_benchmark_group!(
    name = rows,
    benchmarks = [
        breaker_closed_with_a_count_window,
        breaker_open_and_refusing,
        retry_whose_first_try_succeeds,
        timeout_ready_at_the_first_poll,
        full_stack_ready,
        full_stack_pending_once
    ]
);

main!(library_benchmark_groups = rows);
