//! The breaker's promises, under every interleaving of the threads that use it.

use std::time::Duration;

use super::{CircuitBreaker, CircuitBreakerBuilder};
use crate::context::deadline::{self, Lease, Limit, Loan};
use crate::core::clock;
use crate::core::event::{Bus, EventKind, Events};
use crate::core::policy::Policy;
use crate::core::state::CircuitState::{self, Closed, HalfOpen, Open};
use crate::core::sync::{Arc, AtomicUsize, Mutex, Ordering, check, thread};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

fn builder() -> CircuitBreakerBuilder {
    CircuitBreaker::builder("jira").recovery_timeout(SECOND)
}

fn success(breaker: &CircuitBreaker) {
    breaker.try_acquire().unwrap().success();
}

fn failure(breaker: &CircuitBreaker) {
    breaker.try_acquire().unwrap().failure();
}

fn watched(breaker: &CircuitBreaker) -> (Arc<Bus>, Events) {
    let bus = Arc::new(Bus::new());
    breaker.observer().attach(&bus);
    let events = bus.subscribe();
    (bus, events)
}

fn transitions(events: &mut Events) -> Vec<(CircuitState, CircuitState)> {
    let events = std::iter::from_fn(|| events.try_recv().ok());
    let change = |kind| if let EventKind::StateChanged { from, to } = kind { Some((from, to)) } else { None };
    events.filter_map(|event| change(event.kind())).collect()
}

/// Fails when a half-open breaker admits one more than it may, and when its gate lets callers pass unasked.
#[test]
fn half_open_admits_no_more_than_it_may() {
    check(|| {
        let clock = clock::manual();
        let breaker = builder().failure_threshold(1).success_threshold(9).build().unwrap();
        failure(&breaker);
        clock.advance(SECOND);
        let probing = Arc::new(AtomicUsize::new(0));
        let probe = move |breaker: &CircuitBreaker| {
            let Ok(permit) = breaker.try_acquire() else { return 0 };
            assert_eq!(probing.fetch_add(1, Ordering::Relaxed), 0, "one probe at a time");
            probing.fetch_sub(1, Ordering::Relaxed);
            permit.success();
            1
        };
        let (other, probe_too) = (breaker.clone(), probe.clone());
        let other = thread::spawn(move || probe_too(&other));
        let passed = probe(&breaker) + other.join().unwrap();
        assert!(passed >= 1);
        let stats = breaker.stats();
        assert_eq!((stats.state, stats.success_count), (HalfOpen, passed));
        assert_eq!(
            (stats.total_failures, stats.total_successes, stats.rejected),
            (1, passed.into(), 2 - u64::from(passed))
        );
    });
}

/// Fails when `cancel` leaves the probe in its place.
#[test]
fn a_dropped_probe_frees_its_place() {
    check(|| {
        let clock = clock::manual();
        let breaker = builder().failure_threshold(1).build().unwrap();
        failure(&breaker);
        clock.advance(SECOND);
        let other = breaker.clone();
        let other = thread::spawn(move || other.try_acquire().map(drop).is_ok());
        let own = breaker.try_acquire().map(drop).is_ok();
        assert!(other.join().unwrap() || own);
        assert!(breaker.try_acquire().is_ok(), "no place is taken");
    });
}

/// Fails when `record` does not look at the generation: what the second probe says is then taken for a call of a closed
/// breaker.
#[test]
fn a_half_open_phase_ends_once() {
    check(|| {
        let clock = clock::manual();
        let breaker = builder().failure_threshold(1).half_open_max_calls(2).build().unwrap();
        failure(&breaker);
        clock.advance(SECOND);
        let [good, bad] = [(); 2].map(|()| breaker.try_acquire_owned().unwrap());
        let (_bus, mut events) = watched(&breaker);
        let other = thread::spawn(move || good.success());
        bad.failure();
        other.join().unwrap();
        assert_eq!(transitions(&mut events), [(HalfOpen, breaker.state())]);
    });
}

/// Fails when `judge` counts after its step (the failure is in the window, and not yet in the total), and when counted
/// successes are taken in after a failure that followed them.
#[test]
fn a_reader_finds_in_the_total_what_is_in_the_window() {
    check(|| {
        let _clock = clock::manual();
        let breaker = builder().failure_threshold(2).build().unwrap();
        // The second is only counted.
        success(&breaker);
        success(&breaker);
        let permit = breaker.try_acquire_owned().unwrap();
        let other = thread::spawn(move || permit.failure());
        let stats = breaker.stats();
        assert!(u64::from(stats.failure_count) <= stats.total_failures);
        other.join().unwrap();
        let stats = breaker.stats();
        assert_eq!((stats.failure_count, stats.total_failures), (1, 1));
    });
}

/// Fails when a step leaves the machine's lock before it sets the gate: the breaker is open and goes on admitting.
#[test]
fn failures_open_it_once_and_none_is_lost() {
    check(|| {
        let _clock = clock::manual();
        let breaker = builder().failure_threshold(2).build().unwrap();
        let (_bus, mut events) = watched(&breaker);
        let permits = [(); 3].map(|()| breaker.try_acquire_owned().unwrap());
        let [own, permits @ ..] = permits;
        let threads = permits.map(|permit| thread::spawn(move || permit.failure()));
        own.failure();
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(breaker.try_acquire().is_err());
        let stats = breaker.stats();
        assert_eq!((stats.state, stats.failure_count, stats.total_failures), (Open, 2, 3));
        assert_eq!(transitions(&mut events), [(Closed, Open)]);
    });
}

/// Fails when successes that are taken in clear the failures within a time, as they end a run of failures.
#[test]
fn counted_successes_hide_no_failure() {
    check(|| {
        let _clock = clock::manual();
        let breaker = builder().failure_threshold(2).failure_window(MINUTE).build().unwrap();
        // From the second on, a thread's successes are only counted.
        success(&breaker);
        let threads = [(); 2].map(|()| {
            let permit = breaker.try_acquire_owned().unwrap();
            thread::spawn(move || permit.failure())
        });
        let permit = breaker.try_acquire().ok();
        let counted = 1 + permit.map_or(0, |permit| {
            permit.success();
            1
        });
        for thread in threads {
            thread.join().unwrap();
        }
        let stats = breaker.stats();
        assert_eq!((stats.state, stats.total_failures, stats.total_successes), (Open, 2, counted));
    });
}

/// Fails when `absorb` does not judge: a success that is only counted, because the failure has not been judged yet, and
/// a failure that is judged before the success is found, would each leave it to the other.
#[test]
fn a_counted_success_may_complete_a_rate() {
    check(|| {
        let _clock = clock::manual();
        let breaker = builder().failure_rate(0.3).minimum_calls(3).build().unwrap();
        success(&breaker);
        let permit = breaker.try_acquire_owned().unwrap();
        let other = thread::spawn(move || permit.failure());
        success(&breaker);
        other.join().unwrap();
        // Who only reads trips nothing: the next step does.
        if let Ok(permit) = breaker.try_acquire() {
            permit.ignore();
        }
        assert_eq!(breaker.state(), Open, "one of three, in whatever order");
    });
}

/// Fails when `take` does not look at the gate that a stripe is armed for, and when `count` does not.
#[test]
fn a_counted_success_is_of_its_generation() {
    check(|| {
        let _clock = clock::manual();
        let breaker = builder().build().unwrap();
        success(&breaker);
        let late = breaker.try_acquire().unwrap();
        let other = breaker.clone();
        let other = thread::spawn(move || {
            other.reset();
            success(&other);
        });
        late.success();
        other.join().unwrap();
        assert_eq!((breaker.view().tally.calls, breaker.stats().total_successes), (1, 3));
        success(&breaker);
        success(&breaker);
        assert_eq!((breaker.view().tally.calls, breaker.stats().total_successes), (3, 5));
    });
}

/// Fails when `record` does not look at the generation, and when a step queues its transition after it has left the
/// machine's lock.
#[test]
fn a_late_result_changes_nothing() {
    check(|| {
        let clock = clock::manual();
        let breaker = builder().failure_threshold(1).build().unwrap();
        let (_bus, mut events) = watched(&breaker);
        let [own, late] = [(); 2].map(|()| breaker.try_acquire_owned().unwrap());
        let late = thread::spawn(move || late.failure());
        own.failure();
        clock.advance(SECOND);
        success(&breaker);
        late.join().unwrap();
        let stats = breaker.stats();
        assert_eq!((stats.state, stats.failure_count, stats.total_failures), (Closed, 0, 2));
        assert_eq!(transitions(&mut events), [(Closed, Open), (Open, HalfOpen), (HalfOpen, Closed)]);
    });
}

/// What a worker's caller knows of the permits of its body.
#[derive(Default)]
struct Books(Mutex<Vec<Arc<dyn Loan>>>);

impl Lease for Books {
    fn lend(&self, loan: Arc<dyn Loan>) {
        self.0.lock().push(loan);
    }
}

/// Fails when `settled` is a load and a store in place of a swap.
#[test]
fn a_permit_on_loan_is_settled_once() {
    check(|| {
        let _clock = clock::manual();
        let breaker = builder().build().unwrap();
        let books = Arc::new(Books::default());
        let _deadline = deadline::enter(Limit::from_now(MINUTE));
        let _lease = deadline::enter_lease(Arc::clone(&books) as Arc<dyn Lease>);
        let permit = breaker.try_acquire().unwrap();
        let loan = books.0.lock().pop().unwrap();
        let caller = thread::spawn(move || loan.timed_out());
        permit.success();
        caller.join().unwrap();
        assert_eq!(breaker.stats().total_calls, 1);
    });
}
