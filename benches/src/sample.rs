//! Batches, rounds and medians.

use std::hint::spin_loop;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::batch::{Batch, calls};

/// How long to look.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Batches per contender; the median of them counts.
    pub rounds: usize,
    /// The length of one batch.
    pub batch: Duration,
}

/// Nanoseconds of one call, from one batch of `n`.
pub(crate) fn once(batch: &Batch, n: u64) -> f64 {
    let start = Instant::now();
    batch(n);
    start.elapsed().as_nanos() as f64 / n as f64
}

/// The number of calls that fill a batch. Warms up on the way.
pub(crate) fn calibrate(batch: &Batch, length: Duration) -> u64 {
    let mut n = 16;
    loop {
        let took = once(batch, n) * n as f64;
        if took >= length.as_nanos() as f64 / 2.0 || n >= 1 << 28 {
            let fitting = n as f64 * length.as_nanos() as f64 / took.max(1.0);
            return (fitting as u64).clamp(16, n * 4);
        }
        n *= 2;
    }
}

/// Nanoseconds of one call as two threads see it together: the time of both batches over the number of all calls.
pub(crate) fn once_on_two(batch: &(dyn Fn(u64) + Send + Sync), n: u64) -> f64 {
    let arrived = AtomicU32::new(0);
    let run = || {
        batch(16);
        arrived.fetch_add(1, Ordering::SeqCst);
        // Spinning, so that both are on a core of their own when they start.
        while arrived.load(Ordering::SeqCst) < 2 {
            spin_loop();
        }
        let start = Instant::now();
        batch(n);
        (start, Instant::now())
    };
    let (one, two) = thread::scope(|scope| {
        let other = scope.spawn(run);
        (run(), other.join().unwrap())
    });
    let took = one.1.max(two.1) - one.0.min(two.0);
    took.as_nanos() as f64 / (2 * n) as f64
}

/// The median costs of some batches, which take turns, on one thread and on two, in nanoseconds.
#[must_use]
pub fn in_turns(effort: Effort, batches: &[Batch]) -> Vec<[f64; 2]> {
    let sizes: Vec<u64> = batches.iter().map(|batch| calibrate(batch, effort.batch)).collect();
    let mut found = vec![[const { Vec::new() }; 2]; batches.len()];
    for _ in 0..effort.rounds {
        for ((batch, n), [one, two]) in batches.iter().zip(&sizes).zip(&mut found) {
            one.push(once(batch, *n));
            two.push(once_on_two(&**batch, *n * 4));
        }
    }
    found.into_iter().map(|each| each.map(|mut samples| median(&mut samples))).collect()
}

/// The median cost of a batch, in nanoseconds, alone and on the last of so many threads that all make such calls and stay
/// alive, beside some that have made one call each.
#[must_use]
pub fn in_a_crowd(effort: Effort, batch: &Batch, threads: usize, idle: usize) -> [f64; 2] {
    let n = calibrate(batch, effort.batch);
    let cost = || median(&mut (0..effort.rounds).map(|_| once(batch, n)).collect::<Vec<_>>());
    let alone = cost();
    let (arrived, done) = (Barrier::new(threads + idle), Barrier::new(threads + idle));
    let last = thread::scope(|scope| {
        for thread in 1..threads + idle {
            let (arrived, done) = (&arrived, &done);
            scope.spawn(move || {
                batch(if thread < threads { 1_000 } else { 1 });
                arrived.wait();
                done.wait();
            });
        }
        let last = scope.spawn(|| {
            arrived.wait();
            batch(1_000);
            let last = cost();
            done.wait();
            last
        });
        last.join().unwrap()
    });
    [alone, last]
}

pub(crate) fn median(samples: &mut [f64]) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The median cost of `call` in nanoseconds, for the single numbers beside the table.
pub fn nanos<T>(effort: Effort, call: impl Fn() -> T + Send + Sync + 'static) -> f64 {
    let batch = calls(call);
    let n = calibrate(&batch, effort.batch);
    median(&mut (0..effort.rounds).map(|_| once(&batch, n)).collect::<Vec<_>>())
}
