//! What a key of a keyed breaker costs, whatever the number of threads that have called it.
//!
//! In production: with `test-util` every call is timed, and a window of calls keeps the latency of each.
#![cfg(not(feature = "test-util"))]
#![allow(clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Barrier;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

use resilience_runtime::{CircuitBreaker, CircuitBreakerBuilder, KeyedCircuitBreaker};

/// Bytes that are held, by all threads together.
static HELD: AtomicI64 = AtomicI64::new(0);

struct Counting;

fn note(bytes: usize, sign: i64) {
    HELD.fetch_add(sign * i64::try_from(bytes).unwrap_or(i64::MAX), Ordering::Relaxed);
}

// SAFETY: everything is handed to `System` unchanged; the atomic needs no allocation and has no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 1);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(layout.size(), -1);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const KEYS: usize = 10_000;
const CALLS: usize = 2;
/// What a key may cost, in bytes.
const LIMIT: i64 = 1_200;

/// Bytes per key once each of the threads, all alive, has called each key, in its own order. Every 20th call fails.
fn per_key(threads: usize, each: CircuitBreakerBuilder) -> i64 {
    let before = HELD.load(Ordering::Relaxed);
    let family = KeyedCircuitBreaker::new(each, KEYS).unwrap();
    let done = Barrier::new(threads + 1);
    thread::scope(|scope| {
        for thread in 0..threads {
            let (family, done) = (&family, &done);
            scope.spawn(move || {
                for call in 0..CALLS * KEYS {
                    let breaker = family.get(&((call + thread * 157) % KEYS));
                    let _ = breaker.call(|| if call % 20 == thread % 20 { None } else { Some(()) });
                }
                done.wait();
                done.wait();
            });
        }
        done.wait();
        let held = HELD.load(Ordering::Relaxed) - before;
        done.wait();
        let calls: u64 = family.instances().iter().map(|breaker| breaker.stats().total_calls).sum();
        assert_eq!((family.len(), calls), (KEYS, (threads * CALLS * KEYS) as u64));
        held / i64::try_from(KEYS).unwrap()
    })
}

#[test]
fn a_key_is_small_at_any_number_of_threads() {
    for (threads, rule, each) in [
        (31, "defaults", CircuitBreaker::builder("keys")),
        (64, "failure_rate", CircuitBreaker::builder("keys").failure_rate(0.5)),
    ] {
        let bytes = per_key(threads, each);
        println!("{bytes} bytes per key, {threads} threads, {rule}");
        assert!(bytes <= LIMIT, "{bytes} bytes per key, {threads} threads, {rule}");
    }
}
