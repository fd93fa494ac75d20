//! Threads that wait for an open circuit. They have no common clock that a test could stop, so this waits for real, a
//! tenth of a second.
#![allow(clippy::disallowed_types, clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use resilience_runtime::retry::Attempts;
use resilience_runtime::{CircuitBreaker, Error, Retry};

const CALLERS: usize = 200;

#[test]
fn threads_that_wait_for_an_open_circuit_are_served_when_it_closes() {
    let millis = Duration::from_millis;
    let breaker = CircuitBreaker::builder("api").failure_threshold(1).recovery_timeout(millis(30)).build().unwrap();
    let retry = Retry::builder("api").base_delay(millis(1)).retry_on_open(true).build().unwrap();
    let judge = |attempts: &mut Attempts<'_>, reply: &Result<u32, Error>| match reply {
        Ok(_) => attempts.stop(true),
        Err(refusal) => attempts.after_refusal(refusal),
    };
    let body = || {
        thread::sleep(millis(5));
        Ok(1)
    };
    let (served, together) = (AtomicUsize::new(0), Barrier::new(CALLERS + 1));
    thread::scope(|threads| {
        for _ in 0..CALLERS {
            threads.spawn(|| {
                together.wait();
                let reply = retry.call_with(judge, || breaker.call(body));
                served.fetch_add(usize::from(reply.is_ok()), Ordering::Relaxed);
            });
        }
        breaker.try_acquire().unwrap().failure();
        together.wait();
    });
    let served = served.into_inner();
    assert!(served >= CALLERS * 95 / 100, "{served} of {CALLERS}");
}
