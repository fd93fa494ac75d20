//! What a call leaves behind when it has ended, under a limit that would have ended it in an hour: nothing.
#![allow(clippy::unwrap_used, clippy::disallowed_types, reason = "the rules of the runtime do not bind its tests")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use resilience_runtime::{Error, Jitter, Retry, Timeout};
use tokio::runtime::{Builder, Runtime};

struct Weighing;

/// Bytes in use.
static IN_USE: AtomicIsize = AtomicIsize::new(0);

// SAFETY: everything is handed to `System` unchanged.
unsafe impl GlobalAlloc for Weighing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Weighing = Weighing;

/// The tests weigh one process: they take turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is in use after `run` with so many calls that was not after a run with few, which pays for what is made once.
fn left_by(calls: u64, run: impl Fn(u64)) -> isize {
    run(2);
    let before = IN_USE.load(Ordering::Relaxed);
    run(calls);
    IN_USE.load(Ordering::Relaxed) - before
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn hour() -> Timeout {
    Timeout::builder("hour").duration(Duration::from_secs(3_600)).build().unwrap()
}

/// Waits once, with 12 kB on its stack.
async fn page() -> Result<u8, Error> {
    let page = std::hint::black_box([1_u8; 12_000]);
    tokio::task::yield_now().await;
    Ok(page[7])
}

/// What may be left of thousands of calls: a set that has grown and does not shrink.
const LITTLE: isize = 100_000;

#[test]
fn finished_tasks_leave_no_memory() {
    let _turn = turn();
    let (runtime, timeout) = (runtime(), hour());
    let left = left_by(4_000, |calls| {
        runtime.block_on(async {
            let tasks: Vec<_> = (0..calls)
                .map(|_| {
                    let timeout = timeout.clone();
                    tokio::spawn(async move { timeout.call_async(page).await })
                })
                .collect();
            for task in tasks {
                assert!(task.await.unwrap().is_ok());
            }
        });
    });
    assert!(left < LITTLE, "{left} bytes");
}

#[test]
fn a_dropped_set_of_futures_leaves_no_memory() {
    let _turn = turn();
    let (runtime, timeout) = (runtime(), hour());
    let left = left_by(1_000, |calls| {
        runtime.block_on(async {
            let mut calls: FuturesUnordered<_> = (0..calls)
                .map(|_| {
                    timeout.call_async(|| async {
                        let page = std::hint::black_box([1_u8; 12_000]);
                        std::future::pending::<()>().await;
                        Ok::<_, Error>(page[7])
                    })
                })
                .collect();
            tokio::select! {
                biased;
                _ = calls.next() => unreachable!("they wait"),
                () = tokio::task::yield_now() => {}
            }
        });
    });
    assert!(left < LITTLE, "{left} bytes");
}

/// A waker that can be counted.
struct Task;

impl Wake for Task {
    fn wake(self: Arc<Self>) {}
}

/// Polls `future` once under a waker of its own, drops it, and says how many know the waker still.
fn known_after(mut future: Pin<&mut dyn Future<Output = ()>>, end: impl FnOnce()) -> usize {
    let task = Arc::new(Task);
    let waker = Waker::from(Arc::clone(&task));
    assert_eq!(future.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Pending);
    end();
    drop(waker);
    Arc::strong_count(&task) - 1
}

#[test]
fn a_call_knows_the_waker_of_its_last_poll_only_and_none_when_it_is_dropped() {
    let _turn = turn();
    let timeout = hour();
    let mut call: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async move {
        let _ = timeout.call_async(std::future::pending::<Result<(), Error>>).await;
    });
    let first = Arc::new(Task);
    let waker = Waker::from(Arc::clone(&first));
    assert!(call.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(waker);
    assert_eq!(Arc::strong_count(&first), 2, "the timer knows whom to wake");
    assert_eq!(known_after(call.as_mut(), || ()), 1);
    assert_eq!(Arc::strong_count(&first), 1, "another task waits now");
    let last = Arc::new(Task);
    let waker = Waker::from(Arc::clone(&last));
    assert!(call.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop((call, waker));
    assert_eq!(Arc::strong_count(&last), 1);
}

#[test]
fn a_pause_of_a_retry_that_is_dropped_knows_no_waker() {
    let _turn = turn();
    let hour = Duration::from_secs(3_600);
    let retry = Retry::builder("hour").base_delay(hour).max_delay(hour).jitter(Jitter::None).build().unwrap();
    let mut call: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async move {
        let _ = retry.call_async(async || Err::<(), _>("down")).await;
    });
    let task = Arc::new(Task);
    let waker = Waker::from(Arc::clone(&task));
    assert!(call.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop((call, waker));
    assert_eq!(Arc::strong_count(&task), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn runtimes_that_were_dropped_keep_no_file_descriptors() {
    let _turn = turn();
    let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let timeout = hour();
    let before = open();
    // Each is a little less busy than the one before: whatever is kept for the next call, some is not used again.
    for calls in (1..=50).rev() {
        runtime().block_on(async {
            let pages: FuturesUnordered<_> = (0..calls).map(|_| timeout.call_async(page)).collect();
            assert_eq!(pages.count().await, calls);
        });
    }
    assert_eq!(open(), before);
}
