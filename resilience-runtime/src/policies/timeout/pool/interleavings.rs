//! No job lost, no wake-up lost, the cap held.

use std::time::Duration;

use super::{Job, Pool, Worker};
use crate::core::sync::{Arc, AtomicUsize, Ordering, check, thread};

/// In the model any wait that may end by time may end at once.
const SOME_TIME: Duration = Duration::from_secs(10);

fn pool(max: usize) -> &'static Pool {
    Box::leak(Box::new(Pool::new(max, SOME_TIME)))
}

/// Jobs that note how many have run, and that no more than `max` of them run at once.
#[derive(Clone)]
struct Jobs {
    max: usize,
    running: Arc<AtomicUsize>,
    ran: Arc<AtomicUsize>,
}

impl Jobs {
    fn new(max: usize) -> Self {
        Self { max, running: Arc::new(AtomicUsize::new(0)), ran: Arc::new(AtomicUsize::new(0)) }
    }

    fn job(&self) -> Job {
        self.job_of("test")
    }

    fn job_of(&self, holder: &'static str) -> Job {
        let Self { max, running, ran } = self.clone();
        Job::new(&holder.into(), move |release| {
            assert!(running.fetch_add(1, Ordering::Relaxed) < max, "more jobs at once than the cap allows");
            ran.fetch_add(1, Ordering::Relaxed);
            running.fetch_sub(1, Ordering::Relaxed);
            release();
        })
    }

    fn ran(&self) -> usize {
        self.ran.load(Ordering::Relaxed)
    }
}

/// Fails when `submit` looks for a place under one lock and takes it under another, and when the cap is taken as one
/// more than it is.
#[test]
fn the_cap_is_held_and_what_is_refused_does_not_run() {
    check(|| {
        let (pool, jobs) = (pool(1), Jobs::new(1));
        let other = jobs.clone();
        let other = thread::spawn(move || pool.submit(other.job()).is_ok());
        let own = pool.submit(jobs.job()).is_ok();
        let other = other.join().unwrap();
        assert!(own || other, "there was a place");
        thread::join_others();
        assert_eq!(jobs.ran(), usize::from(own) + usize::from(other));
        let stats = pool.stats();
        assert_eq!((stats.threads, stats.busy, stats.idle), (0, 0, 0), "all have left");
    });
}

/// Fails when `submit` looks at what a function holds under one lock and counts it under another, and when a worker frees
/// the share of its function and itself under two.
#[test]
fn the_share_of_one_function_is_held_and_comes_back() {
    check(|| {
        let (pool, jobs) = (pool(2), Jobs::new(1));
        let other = jobs.clone();
        let other = thread::spawn(move || pool.submit(other.job()).is_ok());
        let own = pool.submit(jobs.job()).is_ok();
        let other = other.join().unwrap();
        assert!(own || other, "there was a place");
        let stranger = Jobs::new(1);
        pool.submit(stranger.job_of("stranger")).unwrap();
        thread::join_others();
        assert_eq!((jobs.ran(), stranger.ran()), (usize::from(own) + usize::from(other), 1));
        assert!(pool.crew.lock().shares.is_empty(), "nobody holds anything");
    });
}

/// Fails when `next_job` leaves without a look at whether it was chosen, when it looks and leaves under two locks, and
/// when `submit` leaves a worker that it has chosen among the waiting.
#[test]
fn a_worker_that_is_leaving_does_not_take_a_job_along() {
    check(|| {
        let (pool, jobs) = (pool(2), Jobs::new(2));
        pool.submit(jobs.job_of("one")).unwrap();
        pool.submit(jobs.job_of("other")).unwrap();
        thread::join_others();
        assert_eq!((jobs.ran(), pool.stats().threads), (2, 0));
    });
}

/// Fails when `call` does not notify: the checker then finds a worker that waits for ever.
#[test]
fn a_worker_that_waits_hears_its_call() {
    check(|| {
        let (worker, jobs) = (Arc::new(Worker::default()), Jobs::new(1));
        let waiting = Arc::clone(&worker);
        let waiting = thread::spawn(move || waiting.await_call(Duration::MAX).is_some());
        worker.call(jobs.job());
        assert!(waiting.join().unwrap());
    });
}
