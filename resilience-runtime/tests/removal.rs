//! What is removed from a registry leaves nothing behind: names that are made at run time may come and go for ever.
#![allow(clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use resilience_runtime::{Budget, CircuitBreaker, Fallback, KeyedCircuitBreaker, Registry, Retry, Timeout};

/// Counts what each thread holds. Nothing here is freed by another thread than the one that made it.
struct Counting;

thread_local!(static HELD: Cell<isize> = const { Cell::new(0) });

fn note(layout: Layout, sign: isize) {
    HELD.with(|held| held.set(held.get() + sign * isize::try_from(layout.size()).unwrap_or(0)));
}

// SAFETY: everything is handed to `System` unchanged; the cell needs no allocation and has no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout, 1);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(layout, -1);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Registers one policy of each kind, in two ways, and calls through it.
fn come(registry: &Registry, number: usize) {
    let name = || format!("customer-{number}");
    for threshold in [1, 2] {
        // The second one is a conflict.
        let breaker = registry.register(CircuitBreaker::builder(name()).failure_threshold(threshold).build().unwrap());
        let _ = breaker.call(|| None::<()>);
        let each = CircuitBreaker::builder(name() + " keyed").failure_threshold(threshold);
        let family = registry.register(KeyedCircuitBreaker::new(each, 100).unwrap());
        let _ = family.get(&number).call(|| Some(()));
        let retry = Retry::builder(name()).budget(0.2).max_attempts(threshold);
        let _ = registry.register(retry.build().unwrap()).call(|| Some(()));
        let timeout = Timeout::builder(name()).duration(Duration::from_secs(threshold.into()));
        let _ = registry.register(timeout.build().unwrap()).call(|| Some(()));
        let _ = registry.register(Fallback::new(name())).call(|| None, |_| Some(()));
        registry.register(Budget::builder(name()).build().unwrap());
    }
}

fn go(registry: &Registry, number: usize) {
    let name = format!("customer-{number}");
    assert!(registry.remove_circuit_breaker(&name).is_some());
    assert!(registry.remove_keyed_circuit_breaker(&format!("{name} keyed")).is_some());
    assert!(registry.remove_retry(&name).is_some() && registry.remove_timeout(&name).is_some());
    assert!(registry.remove_fallback(&name).is_some() && registry.remove_budget(&name).is_some());
}

#[test]
fn policies_that_come_and_go_leave_no_memory_behind() {
    let registry = Registry::new();
    let held = || HELD.with(Cell::get);
    let round = |numbers: std::ops::Range<usize>| {
        for number in numbers {
            come(&registry, number);
            go(&registry, number);
        }
    };
    // What a thread or the registry needs once.
    round(0..10);
    let before = held();
    round(10..1_010);
    assert_eq!(held() - before, 0, "one by one");

    (0..1_000).for_each(|number| come(&registry, number));
    let most = held() - before;
    registry.retain(|_, _| false);
    let left = held() - before;
    assert!(most > 1_000_000 && left < most / 100, "of {most} bytes {left} are left");
}
