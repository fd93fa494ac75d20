//! Stripes: who gets one, who shares, and that nothing is lost.

use std::sync::Barrier;
use std::thread;

use super::places::PATIENCE;
use super::*;

#[test]
fn counts_of_more_threads_than_have_a_stripe_are_exact() {
    let counts = Striped::<2>::new();
    for _ in 0..2 {
        thread::scope(|scope| {
            for _ in 0..100 {
                scope.spawn(|| (0..1_000).for_each(|n| counts.add(n % 2, 1)));
            }
        });
    }
    assert_eq!([counts.get(0), counts.get(1)], [100_000; 2]);
}

#[test]
fn a_thread_has_a_stripe_once_it_has_counted_often() {
    let count = Striped::<1>::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            (1..PATIENCE).for_each(|_| count.add(0, 1));
            assert!(count.stripes.made().is_none());
            count.add(0, 1);
            assert!(count.stripes.made().is_some());
        });
    });
    assert_eq!((count.get(0), count.stripes.iter().count()), (PATIENCE.into(), 1));
}

#[test]
fn a_thread_that_ends_leaves_its_stripe_to_the_next() {
    let count = Striped::<1>::new();
    for _ in 0..100 {
        thread::scope(|scope| {
            scope.spawn(|| (0..PATIENCE).for_each(|_| count.add(0, 1)));
        });
    }
    // Tests that run beside this one hold places as well.
    assert!(count.stripes.iter().count() < 50, "{}", count.stripes.iter().count());
}

#[test]
fn three_hundred_threads_at_once_have_a_stripe_each_and_the_idle_ones_none() {
    let (busy, idle) = (300, 200);
    let count = Striped::<1>::new();
    let done = Barrier::new(busy + idle);
    thread::scope(|scope| {
        for _ in 0..idle {
            scope.spawn(|| {
                count.add(0, 1);
                done.wait();
                assert!(count.stripes.made().is_none());
            });
        }
        for _ in 0..busy {
            scope.spawn(|| {
                (0..2 * PATIENCE).for_each(|_| count.add(0, 1));
                // A thread that panics before would leave the others waiting.
                done.wait();
                assert!(count.stripes.made().is_some());
            });
        }
    });
    assert_eq!(count.stripes.iter().count(), busy);
    assert_eq!(count.get(0), (busy as u64) * 2 * u64::from(PATIENCE) + idle as u64);
}
