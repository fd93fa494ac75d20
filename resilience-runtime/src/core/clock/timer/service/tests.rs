//! The thread by itself, in real time.
#![allow(clippy::unwrap_used, reason = "clippy lets the helpers of a test unwrap only inside the test")]

use std::task::Wake;

use super::*;
use crate::core::sync::Arc;

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3_600);

/// Counts how often it is woken.
#[derive(Default)]
struct Bell(AtomicU64);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Bell {
    fn new() -> (Arc<Self>, Waker) {
        let bell = Arc::new(Self::default());
        (Arc::clone(&bell), Waker::from(bell))
    }

    fn rings(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn wait(&self) {
        let limit = real().saturating_add(Duration::from_secs(20));
        while self.rings() == 0 {
            assert!(real() < limit, "it never rings");
            thread::yield_now();
        }
    }
}

/// The system's time, whatever the clock of the test.
fn real() -> Instant {
    thread::spawn(clock::now).join().unwrap()
}

fn service() -> &'static Service {
    Box::leak(Box::new(Service::new()))
}

fn in_(delay: Duration) -> Instant {
    real().saturating_add(delay)
}

#[test]
fn a_waker_is_woken_once_its_moment_has_come_and_not_before() {
    let service = service();
    let (far, far_waker) = Bell::new();
    service.insert(in_(HOUR), far_waker);
    let (near, waker) = Bell::new();
    let moment = in_(5 * MS);
    let ticket = service.insert(moment, waker.clone());
    near.wait();
    assert!(real() >= moment);
    assert!(!service.renew(ticket, &waker), "the moment has come");
    assert_eq!((near.rings(), far.rings()), (1, 0));
}

#[test]
fn a_thread_that_sleeps_is_woken_for_a_nearer_moment() {
    let service = service();
    let ((first, waker), (nearer, nearer_waker)) = (Bell::new(), Bell::new());
    service.insert(in_(HOUR), Waker::noop().clone());
    service.insert(in_(MS), waker);
    first.wait();
    // The next look is in an hour.
    while service.next.load(Ordering::Relaxed) == NEVER {
        thread::yield_now();
    }
    service.insert(in_(MS), nearer_waker);
    nearer.wait();
}

#[test]
fn who_leaves_is_not_woken_and_who_comes_later_is() {
    let service = service();
    let (left, waker) = Bell::new();
    service.remove(service.insert(in_(2 * MS), waker));
    let (stays, waker) = Bell::new();
    service.insert(in_(4 * MS), waker);
    stays.wait();
    assert_eq!(left.rings(), 0);
}

#[test]
fn the_last_waker_counts() {
    let service = service();
    let ((first, waker), (last, other)) = (Bell::new(), Bell::new());
    let ticket = service.insert(in_(20 * MS), waker);
    if service.renew(ticket, &other) {
        last.wait();
        assert_eq!(first.rings(), 0);
    }
}

#[test]
fn a_waker_that_panics_takes_no_other_along() {
    struct Bomb;
    impl Wake for Bomb {
        fn wake(self: Arc<Self>) {
            panic!("a waker of somebody else");
        }
    }
    let service = service();
    service.insert(in_(MS), Waker::from(Arc::new(Bomb)));
    let (bell, waker) = Bell::new();
    service.insert(in_(2 * MS), waker);
    bell.wait();
}

#[test]
fn what_a_waker_panics_with_takes_no_other_along_when_it_is_dropped() {
    struct Payload;
    impl Drop for Payload {
        fn drop(&mut self) {
            panic!("a payload of somebody else");
        }
    }
    struct Bomb;
    impl Wake for Bomb {
        fn wake(self: Arc<Self>) {
            std::panic::panic_any(Payload);
        }
    }
    let service = service();
    service.insert(in_(MS), Waker::from(Arc::new(Bomb)));
    let (bell, waker) = Bell::new();
    service.insert(in_(2 * MS), waker);
    bell.wait();
}

#[test]
fn threads_use_different_queues() {
    let lines: Vec<usize> = (0..2).map(|_| thread::spawn(own_line).join().unwrap()).collect();
    // Other tests take numbers as well.
    assert!(lines.iter().all(|line| *line < QUEUES));
    assert_eq!(own_line(), own_line());
}

#[test]
fn a_ticket_knows_its_place() {
    for (line, slot, number) in [(0, 0, 1), (QUEUES - 1, 0, 2), (1, 1_000_000, 3)] {
        let ticket = Ticket::new(line, Place { slot, number });
        assert_eq!((ticket.line(), ticket.place()), (line, Place { slot, number }));
    }
}
