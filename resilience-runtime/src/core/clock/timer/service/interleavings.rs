//! Nobody who waits is forgotten, whenever the thread looks, sleeps or leaves.

use std::task::Wake;

use super::*;
use crate::core::sync::{Arc, check};

#[derive(Default)]
struct Bell(AtomicU64);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Bell {
    fn rings(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

fn service() -> &'static Service {
    Box::leak(Box::new(Service::new()))
}

/// A moment that has come: the clock of the model stands still, a day later.
const PAST: Instant = Instant::from_nanos(TICK);

/// Fails when the thread does not write that it has no appointment before it looks, when it forgets one that it got
/// meanwhile, when it leaves without a look at whether it has got one, and when `look_at` starts no other after one that
/// has left.
#[test]
fn whoever_waits_is_woken_once() {
    check(|| {
        let (_clock, service) = (clock::manual(), service());
        let bell = Arc::new(Bell::default());
        let other = Arc::clone(&bell);
        let other = thread::spawn(move || drop(service.insert(PAST, Waker::from(other))));
        service.insert(PAST, Waker::from(Arc::clone(&bell)));
        other.join().unwrap();
        thread::join_others();
        assert_eq!(bell.rings(), 2);
    });
}

/// Fails when `renew` does not look again after it has cloned the waker.
#[test]
fn who_changes_its_waker_is_woken_by_one_of_them_or_told() {
    check(|| {
        let (_clock, service) = (clock::manual(), service());
        let [first, last] = [(); 2].map(|()| Arc::new(Bell::default()));
        let ticket = service.insert(PAST, Waker::from(Arc::clone(&first)));
        let is_waiting = service.renew(ticket, &Waker::from(Arc::clone(&last)));
        thread::join_others();
        assert_eq!(first.rings() + last.rings(), 1);
        assert_eq!(last.rings() == 1, is_waiting, "who is not told that it is over hears so");
    });
}

/// Fails when `remove` looks into another queue than `insert`.
#[test]
fn who_leaves_takes_nobody_along() {
    check(|| {
        let (_clock, service) = (clock::manual(), service());
        let [leaves, stays] = [(); 2].map(|()| Arc::new(Bell::default()));
        let other = Arc::clone(&leaves);
        let other = thread::spawn(move || {
            let ticket = service.insert(PAST, Waker::from(other));
            service.remove(ticket);
        });
        service.insert(PAST, Waker::from(Arc::clone(&stays)));
        other.join().unwrap();
        thread::join_others();
        assert_eq!(stays.rings(), 1);
        assert!(leaves.rings() <= 1);
        assert_eq!(Arc::strong_count(&leaves), 1, "its waker is gone");
    });
}

/// Fails when `look_at` does not change the appointment of a thread that is running. That it notifies it the model does
/// not see, where every wait may end at once: `service/tests.rs` does.
#[test]
fn a_nearer_moment_is_not_kept_waiting_for_a_farther_one() {
    check(|| {
        let (clock, service) = (clock::manual(), service());
        let far = Duration::from_secs(60);
        let [near, later] = [(); 2].map(|()| Arc::new(Bell::default()));
        service.insert(clock::now().saturating_add(far), Waker::from(Arc::clone(&later)));
        service.insert(PAST, Waker::from(Arc::clone(&near)));
        while near.rings() == 0 {
            thread::yield_now();
        }
        assert_eq!(later.rings(), 0);
        clock.advance(2 * far);
        thread::join_others();
        assert_eq!(later.rings(), 1);
    });
}
