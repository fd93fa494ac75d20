//! A stripe is read while its thread counts.

use std::time::Duration;

use super::Quiet;
use crate::sync::{Arc, Mutex, check, thread};
use crate::window::Successes;

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
