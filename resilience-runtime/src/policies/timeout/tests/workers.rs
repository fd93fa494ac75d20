use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::mpsc;
use std::thread;

use super::*;
use crate::context::deadline::{self, Lease, Limit, Loan};
#[cfg(feature = "test-util")]
use crate::core::clock;
use crate::core::sync::{Arc, AtomicUsize, Mutex, Ordering};
use crate::policies::timeout::call::on_worker_of;
use crate::policies::timeout::job;
use crate::policies::timeout::pool::{Job, Pool};

/// A pool of its own for each test. Its threads leave when the test is done.
pub(super) fn pool(max: usize) -> &'static Pool {
    Box::leak(Box::new(Pool::new(max, 100 * MS)))
}

/// A body that hangs until the sender is dropped.
pub(super) fn hung() -> (mpsc::Sender<()>, impl FnOnce() + Send + 'static) {
    let (release, hanging) = mpsc::channel::<()>();
    (release, move || {
        let _ = hanging.recv();
    })
}

/// Leaves a hanging body behind.
pub(super) fn abandon(pool: &'static Pool, timeout: &Timeout) -> mpsc::Sender<()> {
    let (release, body) = hung();
    assert!(is_timeout(&on_worker_of(pool, timeout, 5 * MS, body)));
    release
}

#[derive(Default)]
struct Probe(AtomicUsize);

impl Loan for Probe {
    fn timed_out(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Probe {
    fn settled(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Lends to the job of this thread, from a policy inside a body.
fn lend(probe: &Arc<Probe>) {
    deadline::lease(deadline::limit()).expect("a worker has a job").lend(Arc::clone(probe) as Arc<dyn Loan>);
}

#[test]
fn one_worker_serves_calls_that_follow_each_other() {
    let (pool, timeout) = (pool(256), timeout());
    let threads: Vec<_> =
        (0..200).map(|_| on_worker_of(pool, &timeout, AMPLE, || thread::current().id()).unwrap()).collect();
    assert!(threads.iter().all(|thread| *thread == threads[0] && *thread != thread::current().id()));
    assert_eq!(pool.stats().threads, 1);
    assert_eq!(timeout.stats().completed, 200);
}

#[test]
fn a_worker_is_free_before_its_caller_is_told() {
    let (job, ticket) = job::new(pool(1), &timeout(), Limit::NONE, || 7);
    let mut freed = 0;
    (job.run)(&mut || freed += 1);
    assert_eq!(freed, 1);
    assert!(matches!(ticket.wait(AMPLE), Some(Ok(7))));
}

#[test]
fn a_full_pool_refuses_and_never_queues() {
    let (pool, timeout) = (pool(2), timeout());
    let hanging = [abandon(pool, &named("one")), abandon(pool, &named("other"))];
    let refused = on_worker_of(pool, &timeout, AMPLE, || panic!("must not run"));
    let Err(Error::BulkheadFull(full)) = refused else { panic!("{refused:?}") };
    assert_eq!((full.limit(), full.is_share()), (2, false));
    assert_eq!(full.to_string(), "`test` found all 2 worker threads busy");
    assert_eq!(timeout.stats().rejected, 1);
    drop(hanging);
    eventually("the bodies end", || pool.stats().busy == 0);
    assert_eq!(on_worker_of(pool, &timeout, AMPLE, || 7), Ok(7));
}

#[test]
fn an_abandoned_body_is_counted_until_it_ends() {
    let (pool, timeout) = (pool(8), timeout());
    let release = abandon(pool, &timeout);
    let stats = pool.stats();
    assert_eq!((timeout.stats().abandoned, timeout.stats().timed_out), (1, 1));
    assert_eq!((stats.threads, stats.busy, stats.idle, stats.abandoned), (1, 1, 0, 1));
    drop(release);
    eventually("the body ends", || pool.stats().idle == 1);
    assert_eq!((timeout.stats().abandoned, pool.stats().abandoned), (0, 0));
}

#[test]
fn idle_workers_leave() {
    let (pool, timeout) = (pool(8), timeout());
    on_worker_of(pool, &timeout, AMPLE, || ()).unwrap();
    assert_eq!(pool.stats().idle, 1);
    eventually("the worker leaves", || pool.stats().threads == 0);
    assert_eq!(on_worker_of(pool, &timeout, AMPLE, || 7), Ok(7));
}

#[test]
fn surplus_workers_leave_at_once_when_the_bound_is_lowered() {
    let pool: &'static Pool = Box::leak(Box::new(Pool::new(8, Duration::from_secs(3600))));
    let timeout = timeout();
    let hanging: Vec<_> = (0..3).map(|_| abandon(pool, &timeout)).collect();
    pool.set_max(1);
    assert!(matches!(on_worker_of(pool, &timeout, AMPLE, || ()), Err(Error::BulkheadFull(_))));
    drop(hanging);
    eventually("two workers leave", || {
        let stats = pool.stats();
        (stats.threads, stats.busy) == (1, 0)
    });
    assert_eq!(on_worker_of(pool, &timeout, AMPLE, || 7), Ok(7));
}

#[test]
fn a_bound_of_zero_is_taken_as_one() {
    let pool = pool(8);
    pool.set_max(0);
    assert_eq!(on_worker_of(pool, &timeout(), AMPLE, || 7), Ok(7));
}

#[test]
fn a_panic_passes_to_the_caller_and_the_worker_survives() {
    let (pool, timeout) = (pool(1), timeout());
    let outcome = catch_unwind(AssertUnwindSafe(|| on_worker_of(pool, &timeout, AMPLE, || panic_any(7))));
    assert_eq!(outcome.unwrap_err().downcast_ref(), Some(&7));
    assert_eq!(timeout.stats().completed, 1);
    assert_eq!(on_worker_of(pool, &timeout, AMPLE, || 7), Ok(7));
}

#[test]
fn a_worker_survives_a_job_that_panics() {
    let pool = pool(1);
    pool.submit(Job::new(&"test".into(), |_| panic!("boom"))).unwrap();
    eventually("the worker is free", || pool.stats().busy == 0);
    assert_eq!(on_worker_of(pool, &timeout(), AMPLE, || 7), Ok(7));
}

#[test]
fn the_leftovers_of_an_abandoned_body_may_panic() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic_any(Bomb);
        }
    }
    let (pool, timeout) = (pool(1), timeout());
    let (release, body) = hung();
    let result = on_worker_of(pool, &timeout, 5 * MS, move || {
        body();
        Bomb
    });
    assert!(is_timeout(&result));
    drop(release);
    eventually("the body ends", || pool.stats().busy == 0);
    assert_eq!((pool.stats().abandoned, timeout.stats().abandoned), (0, 0));
    assert_eq!(on_worker_of(pool, &timeout, AMPLE, || 7), Ok(7));
}

#[test]
fn a_worker_has_its_callers_deadline_and_loses_it_afterwards() {
    let (pool, timeout) = (pool(1), timeout());
    let _ambient = deadline::enter(Limit::from_now(Duration::from_secs(30)));
    let remaining = on_worker_of(pool, &timeout, AMPLE, deadline::remaining).unwrap().unwrap();
    assert!(remaining <= Duration::from_secs(30) && remaining > Duration::from_secs(10), "{remaining:?}");
    let (tell, told) = mpsc::channel();
    let look = move |_: &mut dyn FnMut()| {
        tell.send((deadline::current(), deadline::lease(Limit::from_now(AMPLE)).is_none())).unwrap()
    };
    pool.submit(Job::new(&"test".into(), look)).unwrap();
    assert_eq!(told.recv(), Ok((None, true)));
}

#[cfg(feature = "test-util")]
#[test]
fn a_manual_clock_stays_with_its_thread() {
    let clock = clock::manual();
    // Far from the clock of the worker.
    clock.advance(Duration::from_secs(1_000_000));
    let remaining = on_worker_of(pool(1), &timeout(), Duration::from_secs(30), deadline::remaining).unwrap().unwrap();
    assert!(remaining <= Duration::from_secs(30) && remaining > Duration::from_secs(10), "{remaining:?}");
}

#[test]
fn a_call_whose_deadline_has_passed_takes_no_worker() {
    let (pool, timeout) = (pool(1), timeout());
    let _ambient = deadline::enter(Limit::from_now(Duration::ZERO));
    assert!(is_timeout(&on_worker_of(pool, &timeout, AMPLE, || panic!("must not run"))));
    assert_eq!((timeout.stats().rejected, pool.stats().threads), (1, 0));
}

/// Gives up a body that hangs after `lends`. A worker may be slow to start, so the limit grows until it was not. The
/// number of bodies that were given up.
fn give_up(pool: &'static Pool, lends: impl Fn() + Clone + Send + 'static) -> usize {
    let lent = Arc::new(AtomicUsize::new(0));
    for round in 0..8 {
        let limit = 20 * MS * 2_u32.pow(round);
        let (release, body) = hung();
        let (lends, tell) = (lends.clone(), Arc::clone(&lent));
        let result = on_worker_of(pool, &timeout(), limit, move || {
            lends();
            tell.store(1, Ordering::SeqCst);
            body();
        });
        assert!(is_timeout(&result));
        let in_time = lent.load(Ordering::SeqCst) == 1;
        drop(release);
        eventually("the body ends", || pool.stats().busy == 0);
        if in_time {
            return round as usize + 1;
        }
    }
    panic!("no worker started in time");
}

#[test]
fn what_was_lent_to_a_body_is_settled_when_its_caller_gives_up() {
    let probe = Arc::new(Probe::default());
    let lent = Arc::clone(&probe);
    let given_up = give_up(pool(1), move || lend(&lent));
    assert_eq!(probe.settled(), given_up);
}

#[test]
fn what_was_lent_to_a_body_that_ends_in_time_is_left_alone() {
    let probe = Arc::new(Probe::default());
    let lent = Arc::clone(&probe);
    on_worker_of(pool(1), &timeout(), AMPLE, move || lend(&lent)).unwrap();
    assert_eq!(probe.settled(), 0);
    assert_eq!(Arc::strong_count(&probe), 1, "the lease let go of it");
}

#[test]
fn what_an_abandoned_body_borrows_later_is_judged_by_its_own_outcome() {
    let (pool, timeout) = (pool(1), timeout());
    let (release, body) = hung();
    let probe = Arc::new(Probe::default());
    let lent = Arc::clone(&probe);
    let result = on_worker_of(pool, &timeout, 5 * MS, move || {
        body();
        lend(&lent);
    });
    assert!(is_timeout(&result));
    assert_eq!(probe.settled(), 0);
    drop(release);
    eventually("the body ends", || pool.stats().busy == 0);
    assert_eq!(probe.settled(), 0);
    assert_eq!(Arc::strong_count(&probe), 1, "nobody remembers it");
}

/// The job around a call, as its lease: keeps what it is lent.
#[derive(Default)]
struct Around(Mutex<Vec<Arc<dyn Loan>>>);

impl Lease for Around {
    fn lend(&self, loan: Arc<dyn Loan>) {
        self.0.lock().push(loan);
    }
}

#[test]
fn what_is_lent_to_a_nested_body_is_settled_when_the_caller_of_the_outer_one_gives_up() {
    let around = Arc::new(Around::default());
    // The job around has a limit, by definition.
    let _ambient = deadline::enter(Limit::from_now(2 * AMPLE));
    let _lease = deadline::enter_lease(Arc::clone(&around) as Arc<dyn Lease>);
    let settled = on_worker_of(pool(1), &timeout(), AMPLE, move || {
        let probe = Arc::new(Probe::default());
        lend(&probe);
        let loans = std::mem::take(&mut *around.0.lock());
        // What the caller of the outer body does.
        loans.iter().for_each(|loan| loan.timed_out());
        (loans.len(), probe.settled())
    });
    assert_eq!(settled, Ok((1, 1)));
}

#[test]
fn a_nested_body_that_ends_in_time_leaves_nothing_with_the_job_around_it() {
    let around = Arc::new(Around::default());
    // The job around has a limit, by definition.
    let _ambient = deadline::enter(Limit::from_now(2 * AMPLE));
    let _lease = deadline::enter_lease(Arc::clone(&around) as Arc<dyn Lease>);
    let probe = Arc::new(Probe::default());
    let lent = Arc::clone(&probe);
    on_worker_of(pool(1), &timeout(), AMPLE, move || lend(&lent)).unwrap();
    assert_eq!(Arc::strong_count(&probe), 1);
    around.0.lock().iter().for_each(|loan| loan.timed_out());
    assert_eq!(probe.settled(), 0);
}

#[test]
fn a_caller_that_gives_up_leaves_no_nested_body_waited_for() {
    let (pool, inner) = (pool(2), named("inner"));
    let (release, body) = hung();
    let (end, hanging) = hung();
    let caller = inner.clone();
    let result = on_worker_of(pool, &timeout(), 20 * MS, move || {
        let nested = on_worker_of(pool, &caller, AMPLE, body);
        hanging();
        nested
    });
    assert!(is_timeout(&result));
    eventually("the inner caller gives up as well", || inner.stats().timed_out + inner.stats().rejected == 1);
    drop((release, end));
    eventually("both bodies end", || pool.stats().busy == 0);
}

#[test]
fn a_body_that_makes_any_number_of_calls_holds_on_to_few_loans() {
    let probe = on_worker_of(pool(1), &timeout(), AMPLE, || {
        let weak: Vec<_> = (0..10_000)
            .map(|_| {
                let probe = Arc::new(Probe::default());
                lend(&probe);
                Arc::downgrade(&probe)
            })
            .collect();
        weak.iter().filter(|probe| probe.strong_count() > 0).count()
    });
    assert!(probe.unwrap() <= 8);
}

#[test]
fn many_callers_at_once_each_get_their_own_result() {
    let (pool, timeout) = (pool(64), timeout());
    thread::scope(|scope| {
        for caller in 0..16_u64 {
            let timeout = &timeout;
            scope.spawn(move || {
                for call in 0..200 {
                    assert_eq!(
                        on_worker_of(pool, timeout, AMPLE, move || caller * 1000 + call),
                        Ok(caller * 1000 + call)
                    );
                }
            });
        }
    });
    let stats = pool.stats();
    assert_eq!((stats.busy, timeout.stats().completed), (0, 16 * 200));
    assert!(stats.threads <= 16, "{stats:?}");
}

#[test]
fn callers_that_race_their_limits_lose_no_count() {
    let (pool, timeout) = (pool(256), timeout());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..100 {
                    let _ = on_worker_of(pool, &timeout, Duration::from_micros(60), || {
                        thread::sleep(Duration::from_micros(5))
                    });
                }
            });
        }
    });
    eventually("all bodies end", || pool.stats().busy == 0);
    let stats = timeout.stats();
    assert_eq!(stats.completed + stats.timed_out + stats.rejected, 800);
    assert_eq!((stats.abandoned, pool.stats().abandoned), (0, 0));
}
