//! No count is lost: a place has one owner at a time, and what no thread owns is shared with care.

use std::cell::RefCell;

use super::Counter;
use crate::core::sync::{Arc, check, thread, thread_local};

/// Fails when threads that share a stripe add with a load and a store, when a place that is taken stays on the list, and
/// when two threads may be given the same fresh place.
#[test]
fn threads_beyond_the_places_count_as_exactly() {
    check(|| {
        let count = Arc::new(Counter::new());
        count.add(1);
        let threads = [1, 10, 100].map(|n| {
            let count = Arc::clone(&count);
            thread::spawn(move || {
                count.add(n);
                count.add(n);
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(count.get(), 223);
    });
}

/// Fails when a thread goes on using a place that it has given back.
#[test]
fn a_place_goes_from_a_thread_that_ends_to_the_next() {
    /// Counts once more when its thread has already given its place back.
    struct Late(Arc<Counter>);

    impl Drop for Late {
        fn drop(&mut self) {
            self.0.add(10);
        }
    }

    thread_local! {
        static LATE: RefCell<Option<Late>> = const { RefCell::new(None) };
    }

    check(|| {
        let count = Arc::new(Counter::new());
        count.add(1);
        let threads = [(); 2].map(|()| {
            let count = Arc::clone(&count);
            thread::spawn(move || {
                count.add(10);
                LATE.set(Some(Late(Arc::clone(&count))));
                count.add(10);
            })
        });
        assert_eq!(count.get() % 10, 1);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(count.get(), 61);
    });
}
