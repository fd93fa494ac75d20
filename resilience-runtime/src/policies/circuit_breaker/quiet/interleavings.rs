//! A stripe is read while its thread counts.

use std::time::Duration;

use super::{Quiet, SharedQuiet};
use crate::core::clock;
use crate::core::sync::{Arc, AtomicU64, Mutex, Ordering, check, thread};
use crate::core::window::Successes;

const GATE: u64 = 3;
const SECOND: Duration = Duration::from_secs(1);

/// As under the machine's lock.
fn take_in(quiet: &Quiet, sum: &Mutex<Successes>) {
    let mut sum = sum.lock();
    let (lot, _) = quiet.take(GATE);
    assert!(lot.timed <= lot.calls && (lot.timed > 0 || lot.latency.is_zero()), "{lot:?}");
    sum.calls += lot.calls;
    sum.timed += lot.timed;
    sum.latency += lot.latency;
    // The latency of a call that is being counted may be ahead of it.
    assert!(sum.latency >= SECOND * u32::try_from(sum.timed).unwrap(), "{sum:?}");
}

/// Fails when `count_timed` counts the call before its latency, when `take` takes a latency whose call it has not found,
/// and when either of its `Acquire` is `Relaxed`.
#[test]
fn calls_and_latencies_are_taken_in_together_and_once() {
    check(|| {
        let quiet = Arc::new(Quiet::default());
        let sum = Arc::new(Mutex::default());
        quiet.arm(GATE, None);
        let (read, into) = (Arc::clone(&quiet), Arc::clone(&sum));
        let reader = thread::spawn(move || take_in(&read, &into));
        quiet.count();
        quiet.count_timed(SECOND);
        quiet.count_timed(SECOND);
        reader.join().unwrap();
        take_in(&quiet, &sum);
        let sum = sum.lock();
        assert_eq!((sum.calls, sum.timed, sum.latency), (3, 2, 2 * SECOND));
    });
}

/// Fails when `count` adds without comparing, when it does not look at the gate, and when `arm` does not disarm first or
/// does not release. That the exchange releases and disarming acquires keeps a load from seeing a store that comes after
/// it; the checker runs no thread ahead like that.
#[test]
fn what_threads_share_is_counted_for_the_gate_they_saw() {
    const NEXT: u64 = 5;
    check(|| {
        let quiet = Arc::new(SharedQuiet::default());
        let gate = Arc::new(AtomicU64::new(GATE));
        quiet.arm(GATE, None);
        let threads = [(); 2].map(|()| {
            let (quiet, gate) = (Arc::clone(&quiet), Arc::clone(&gate));
            thread::spawn(move || {
                let gate = gate.load(Ordering::Acquire);
                quiet.count(gate, None).then_some(gate)
            })
        });
        // A step that makes a transition.
        let (early, _) = quiet.take(GATE, None);
        gate.store(NEXT, Ordering::Release);
        quiet.arm(NEXT, None);
        let (meanwhile, _) = quiet.take(NEXT, None);
        let counted = threads.map(|thread| thread.join().unwrap());
        let of = |gate: u64| counted.iter().filter(|counted| **counted == Some(gate)).count() as u64;
        let (late, _) = quiet.take(NEXT, None);
        assert_eq!(meanwhile.calls + late.calls, of(NEXT));
        assert!(early.calls <= of(GATE));
        assert_eq!(quiet.total(), of(GATE) + of(NEXT));
    });
}

/// Fails when `take` does not disarm a slot that is over, and when `total` reads the word before what was taken in, or
/// reads that without `Acquire`.
#[test]
fn what_threads_share_is_taken_in_once() {
    let slot = |at: u64| Some((clock::Instant::from_nanos(at), clock::Instant::from_nanos(at + 10)));
    check(move || {
        let quiet = Arc::new(SharedQuiet::default());
        quiet.arm(GATE, slot(10));
        let counting = Arc::clone(&quiet);
        let counting = thread::spawn(move || {
            let now = Some(clock::Instant::from_nanos(15));
            u64::from(counting.count(GATE, now))
        });
        let reading = Arc::clone(&quiet);
        let reading = thread::spawn(move || {
            let before = reading.total();
            assert!(before <= reading.total(), "a count only grows");
        });
        let (early, from) = quiet.take(GATE, slot(20));
        assert_eq!(from.as_nanos(), 10);
        quiet.arm(GATE, slot(20));
        let counted = counting.join().unwrap();
        reading.join().unwrap();
        let (late, from) = quiet.take(GATE, slot(20));
        assert_eq!(from.as_nanos(), 20);
        assert_eq!((early.calls + late.calls, quiet.total()), (counted, counted));
    });
}
