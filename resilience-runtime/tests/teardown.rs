//! Calls from the destructor of a thread-local: they work, without what the thread no longer has.
//!
//! Built without `test-util`: these are the thread-locals of production.
#![cfg(not(feature = "test-util"))]
#![allow(clippy::disallowed_types, clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]

use std::cell::RefCell;
use std::future::pending;
use std::pin::pin;
use std::sync::mpsc;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use resilience_runtime::{CircuitBreaker, Error, Fallback, Retry, Timeout, deadline};

const AMPLE: Duration = Duration::from_secs(60);

/// Does something when it is dropped.
struct AtLast(Option<Box<dyn FnOnce()>>);

impl Drop for AtLast {
    fn drop(&mut self) {
        if let Some(last) = self.0.take() {
            last();
        }
    }
}

/// Runs `last` in the destructor of a thread-local that is made before `first` runs, and one more that is made behind it:
/// whatever `first` makes of thread-locals is gone in one of the two, and still there in the other.
fn at_thread_end<T: Send + 'static>(
    first: impl FnOnce() + Send + 'static,
    last: impl Fn() -> T + Send + Sync + Clone + 'static,
) -> [T; 2] {
    thread_local! {
        static EARLY: RefCell<Option<AtLast>> = const { RefCell::new(None) };
        static LATE: RefCell<Option<AtLast>> = const { RefCell::new(None) };
    }
    let (told, results) = mpsc::channel();
    thread::spawn(move || {
        let again = last.clone();
        let also = told.clone();
        EARLY.set(Some(AtLast(Some(Box::new(move || told.send(last()).unwrap())))));
        first();
        LATE.set(Some(AtLast(Some(Box::new(move || also.send(again()).unwrap())))));
    })
    .join()
    .unwrap();
    [results.recv().unwrap(), results.recv().unwrap()]
}

/// Every policy, every form of call.
fn protected() -> Result<u32, Error> {
    let timeout = Timeout::builder("teardown").duration(AMPLE).build().unwrap();
    let inner = timeout.clone();
    let breaker = CircuitBreaker::builder("teardown").failure_rate(0.5).build().unwrap();
    let retry = Retry::builder("teardown").base_delay(Duration::from_nanos(1)).build().unwrap();
    let fallback = Fallback::new("teardown");
    let mut attempts = 0;
    let sum = fallback.call(
        || {
            retry.call(|| {
                attempts += 1;
                timeout.call(|| {
                    breaker.call(|| {
                        if attempts == 1 {
                            return Err(Error::rate_limited("teardown", None));
                        }
                        let worker = inner.clone();
                        let on_worker = worker.call_on_thread(|| Ok::<_, Error>(1))?;
                        let mut ready = pin!(breaker.call_async(|| inner.call_async(|| async { Ok::<_, Error>(2) })));
                        let mut context = Context::from_waker(Waker::noop());
                        match ready.as_mut().poll(&mut context) {
                            std::task::Poll::Ready(two) => Ok(on_worker + two?),
                            std::task::Poll::Pending => Ok(0),
                        }
                    })
                })
            })
        },
        Err,
    );
    // Dropped unfinished, under a limit and without one.
    let _ = timeout.call(|| {
        let mut call = pin!(breaker.call_async(pending::<Result<(), Error>>));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        Ok::<_, Error>(())
    });
    drop(breaker.try_acquire()?);
    sum
}

#[test]
fn a_call_in_the_destructor_of_a_thread_local_works() {
    assert_eq!(at_thread_end(|| drop(protected()), protected), [Ok(3), Ok(3)]);
}

#[test]
fn a_first_call_in_the_destructor_of_a_thread_local_works() {
    assert_eq!(at_thread_end(|| (), protected), [Ok(3), Ok(3)]);
}

#[test]
fn there_is_no_deadline_in_the_destructor_of_a_thread_local() {
    assert_eq!(at_thread_end(|| drop(protected()), deadline::remaining), [None, None]);
}
