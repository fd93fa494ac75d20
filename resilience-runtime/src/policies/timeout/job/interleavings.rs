//! How caller and worker part: the body's output is the caller's, or it is cleared away and counted, never both.

use std::time::Duration;

use crate::core::clock;
use crate::core::sync::{Arc, AtomicUsize, Ordering, check, thread};
use crate::policies::timeout::Timeout;
use crate::policies::timeout::call::on_worker_of;
use crate::policies::timeout::pool::Pool;

/// In the model any wait that may end by time may end at once.
const SOME_TIME: Duration = Duration::from_secs(10);

fn pool(max: usize) -> &'static Pool {
    Box::leak(Box::new(Pool::new(max, SOME_TIME)))
}

fn timeout() -> Timeout {
    Timeout::builder("report").duration(SOME_TIME).build().unwrap()
}

/// Counts how often it is dropped.
struct Output(Arc<AtomicUsize>);

impl Drop for Output {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Fails when the caller counts what it abandons after it has left the lock (the gauge is seen below zero), when the
/// worker hands its output over without a look at whether the caller is there, and when it looks under one lock and
/// hands over under another (the gauge does not return to 0).
#[test]
fn the_output_is_handed_over_or_cleared_away() {
    check(|| {
        let _clock = clock::manual();
        let (pool, timeout, drops) = (pool(1), timeout(), Arc::new(AtomicUsize::new(0)));
        let watcher = {
            let timeout = timeout.clone();
            thread::spawn(move || assert!(timeout.stats().abandoned <= 1))
        };
        let output = Output(Arc::clone(&drops));
        let got = on_worker_of(pool, &timeout, SOME_TIME, move || output);
        let in_time = u64::from(got.is_ok());
        drop(got);
        watcher.join().unwrap();
        thread::join_others();
        assert_eq!(drops.load(Ordering::Relaxed), 1);
        let stats = timeout.stats();
        assert_eq!((stats.completed, stats.timed_out, stats.abandoned), (in_time, 1 - in_time, 0));
        assert_eq!((pool.stats().abandoned, pool.stats().threads), (0, 0));
    });
}

/// Fails when `finish` does not notify: the checker then finds a caller that waits for ever.
#[test]
fn a_caller_that_waits_hears_of_the_end() {
    check(|| {
        let _clock = clock::manual();
        let (pool, timeout) = (pool(1), timeout());
        assert_eq!(on_worker_of(pool, &timeout, Duration::MAX, || 3).ok(), Some(3));
    });
}

/// Fails when the worker tells its caller before it is free.
#[test]
fn who_has_its_output_finds_the_worker_free() {
    check(|| {
        let _clock = clock::manual();
        let (pool, timeout) = (pool(1), timeout());
        for n in 0..2 {
            assert_eq!(on_worker_of(pool, &timeout, Duration::MAX, move || n).ok(), Some(n), "of one worker");
        }
    });
}
