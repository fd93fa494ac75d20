//! Limits on calls: async, and sync on worker threads.
#![cfg(feature = "macros")]

mod nested;

use std::future::{pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use resilience::timeout::{set_max_workers, workers};
use resilience::{Error, Nothing, Timeout, deadline};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, oneshot};

const MS: Duration = Duration::from_millis(1);

/// Long enough for any body that is not meant to be late.
const AMPLE: Duration = Duration::from_secs(60);

/// Held by the tests that look at the worker threads, which belong to the process.
static WORKERS: Mutex<()> = Mutex::const_new(());

fn timeout(limit: Duration) -> Timeout {
    Timeout::builder("search").duration(limit).build().expect("a limit above zero")
}

/// Waits until something has happened on another thread.
#[allow(clippy::disallowed_methods, reason = "it happens in real time")]
fn eventually(what: &str, mut happened: impl FnMut() -> bool) {
    let start = Instant::now();
    while !happened() {
        assert!(start.elapsed() < Duration::from_secs(20), "never: {what}");
        thread::yield_now();
    }
}

/// A body that hangs until the sender is dropped.
fn hung() -> (mpsc::Sender<()>, impl FnOnce() -> Result<(), Error> + Send + 'static) {
    let (release, hanging) = mpsc::channel::<()>();
    (release, move || {
        let _ = hanging.recv();
        Ok(())
    })
}

#[derive(Debug, PartialEq)]
enum JiraError {
    Status(u16),
    Refused(Error),
}

impl From<Error> for JiraError {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

mod options {
    use super::*;

    #[test]
    fn the_duration_must_be_given_and_longer_than_zero() {
        for builder in [Timeout::builder("search"), Timeout::builder("search").duration(Duration::ZERO)] {
            let error = builder.build().unwrap_err();
            assert_eq!((error.option(), error.allowed()), ("duration", "longer than zero"));
        }
    }

    #[test]
    fn the_handle_tells_its_name_and_limit() {
        let timeout = timeout(AMPLE);
        assert_eq!((timeout.name(), timeout.duration()), ("search", Some(AMPLE)));
    }

    #[tokio::test]
    async fn clones_share_their_counters() {
        let timeout = timeout(AMPLE);
        timeout.clone().call_async(|| ready(Ok::<_, Error>(()))).await.unwrap();
        assert_eq!(timeout.stats().completed, 1);
    }
}

mod asynchronous {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_ready_at_once_passes() {
        let timeout = timeout(MS);
        assert_eq!(timeout.call_async(|| ready(Ok::<_, Error>(7))).await, Ok(7));
        assert_eq!(timeout.stats().completed, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_done_before_the_limit_passes() {
        let timeout = timeout(100 * MS);
        let body = async {
            tokio::time::sleep(99 * MS).await;
            Ok::<_, Error>(7)
        };
        assert_eq!(timeout.call_async(|| body).await, Ok(7));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_takes_longer_is_dropped_at_the_limit() {
        let timeout = timeout(100 * MS);
        let (alive, dropped) = oneshot::channel::<()>();
        let start = resilience::clock::now();
        let body = async move {
            let _alive = alive;
            pending::<Result<(), Error>>().await
        };
        let Err(error) = timeout.call_async(|| body).await else { panic!("it cannot be done") };
        assert_eq!(resilience::clock::now().since(start), 100 * MS);
        assert!(dropped.await.is_err(), "the body is gone");
        assert_eq!((error.policy().as_str(), error.name()), ("timeout", "search"));
        assert!(matches!(&error, Error::Timeout(elapsed) if elapsed.limit() == 100 * MS));
        assert!(error.is_retryable());
        assert_eq!(error.to_string(), "`search` timed out after 100ms");
        assert_eq!(timeout.stats().timed_out, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_refusal_reaches_the_error_type_of_the_body() {
        let timeout = timeout(MS);
        let result = timeout.call_async(pending::<Result<(), JiraError>>).await;
        assert!(matches!(result, Err(JiraError::Refused(Error::Timeout(_)))));
        assert_eq!(timeout.call_async(pending::<Option<()>>).await, None);
    }

    #[tokio::test]
    async fn the_error_of_the_body_comes_back_unchanged() {
        let timeout = timeout(AMPLE);
        let result = timeout.call_async(|| ready(Err::<(), _>(JiraError::Status(503)))).await;
        assert_eq!(result, Err(JiraError::Status(503)));
        let stats = timeout.stats();
        assert_eq!((stats.completed, stats.timed_out), (1, 0), "it was in time");
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_call_counts_as_cancelled() {
        let timeout = timeout(100 * MS);
        tokio::select! {
            _ = timeout.call_async(pending::<Result<(), Error>>) => panic!("it cannot be done"),
            () = tokio::time::sleep(50 * MS) => {}
        }
        let stats = timeout.stats();
        assert_eq!((stats.cancelled, stats.timed_out, stats.completed), (1, 0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn an_inner_limit_that_is_nearer_fires_first() {
        let (outer, inner) = (timeout(AMPLE), timeout(100 * MS));
        let body = inner.call_async(pending::<Result<(), Error>>);
        let Err(Error::Timeout(elapsed)) = outer.call_async(|| body).await else { panic!("it cannot be done") };
        assert_eq!(elapsed.limit(), 100 * MS);
        assert_eq!((outer.stats().completed, inner.stats().timed_out), (1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_outer_limit_that_is_nearer_drops_the_inner_one() {
        let (outer, inner) = (timeout(100 * MS), timeout(AMPLE));
        let start = resilience::clock::now();
        let body = async {
            tokio::time::sleep(30 * MS).await;
            inner.call_async(pending::<Result<(), Error>>).await
        };
        let Err(Error::Timeout(elapsed)) = outer.call_async(|| body).await else { panic!("it cannot be done") };
        assert_eq!(resilience::clock::now().since(start), 100 * MS);
        assert_eq!((elapsed.limit(), elapsed.left()), (100 * MS, None), "it is the outer one's to say");
        assert_eq!((inner.stats().timed_out, inner.stats().cancelled, outer.stats().timed_out), (0, 1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_begins_after_the_deadline_runs_until_the_outer_limit_drops_it() {
        let outer = Timeout::builder("outer").duration(100 * MS).build().unwrap();
        let inner = timeout(AMPLE);
        let body = async {
            // Within one poll, as a body does that computes.
            let mut advance = std::pin::pin!(tokio::time::advance(100 * MS));
            let _ = advance.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
            assert_eq!(inner.call_async(|| ready(Ok::<_, Error>(7))).await, Ok(7), "in this poll nobody does");
            inner.call_async(pending::<Result<(), Error>>).await
        };
        let Err(error) = outer.call_async(|| body).await else { panic!("it cannot be done") };
        assert_eq!(error.to_string(), "`outer` timed out after 100ms");
        let stats = inner.stats();
        assert_eq!((stats.completed, stats.cancelled, stats.rejected, stats.timed_out), (1, 1, 0, 0));
    }
}

mod thread_mode {
    use super::*;

    #[test]
    fn the_body_runs_on_a_worker_thread_that_is_used_again() {
        let _turn = WORKERS.blocking_lock();
        eventually("other tests let go of their workers", || workers().busy == 0);
        let timeout = timeout(AMPLE);
        let caller = thread::current().id();
        let first = timeout.call_on_thread(|| Some(thread::current().id())).unwrap();
        let second = timeout.call_on_thread(|| Some(thread::current().id())).unwrap();
        assert_ne!(first, caller);
        assert_eq!(first, second);
        assert_eq!(timeout.stats().completed, 2);
    }

    #[test]
    fn the_caller_is_free_at_the_limit_and_the_body_is_counted_until_it_ends() {
        let _turn = WORKERS.blocking_lock();
        let timeout = timeout(10 * MS);
        let (release, body) = hung();
        let result = timeout.call_on_thread(body);
        assert!(matches!(result, Err(Error::Timeout(elapsed)) if elapsed.limit() == 10 * MS));
        assert_eq!((timeout.stats().timed_out, timeout.stats().abandoned), (1, 1));
        assert_eq!(workers().abandoned, 1);
        drop(release);
        eventually("the body ends", || workers().abandoned == 0);
        assert_eq!(timeout.stats().abandoned, 0);
    }

    #[test]
    fn a_call_that_finds_every_worker_busy_is_refused() {
        let _turn = WORKERS.blocking_lock();
        eventually("other tests let go of their workers", || workers().busy == 0);
        let bound = workers().max;
        assert_eq!(bound, 256);
        set_max_workers(1);
        let (patient, hasty) = (timeout(AMPLE), timeout(5 * MS));
        let (release, body) = hung();
        assert!(hasty.call_on_thread(body).is_err());

        let result: Result<(), Error> = patient.call_on_thread(|| panic!("must not run"));
        let Err(error) = result else { panic!("there is no worker") };
        assert!(matches!(&error, Error::BulkheadFull(full) if full.limit() == 1));
        assert_eq!((error.policy().as_str(), error.name(), error.is_retryable()), ("bulkhead", "search", true));
        assert_eq!(patient.stats().rejected, 1);

        drop(release);
        eventually("the worker is free", || workers().busy == 0);
        assert_eq!(patient.call_on_thread(|| Some(7)), Some(7));
        set_max_workers(bound);
    }

    #[test]
    fn a_panic_passes_on_to_the_caller() {
        let _turn = WORKERS.blocking_lock();
        let timeout = timeout(AMPLE);
        let body = || timeout.call_on_thread(|| -> Result<(), Error> { panic_any(7) });
        let panic = catch_unwind(AssertUnwindSafe(body)).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&7));
        assert_eq!(timeout.call_on_thread(|| Some(7)), Some(7));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_runtime_of_the_caller_can_be_used_on_the_worker() {
        let _turn = WORKERS.lock().await;
        let answer = timeout(AMPLE).call_on_thread(|| {
            let answer = Handle::current().block_on(tokio::spawn(async {
                tokio::time::sleep(MS).await;
                7
            }));
            answer.map_err(|_| Nothing).ok()
        });
        assert_eq!(answer, Some(7));
    }

    #[test]
    fn a_body_may_use_another_worker() {
        let _turn = WORKERS.blocking_lock();
        let (outer, inner) = (timeout(Duration::from_secs(30)), timeout(AMPLE));
        let (threads, remaining) = outer
            .call_on_thread(move || {
                let outer_thread = thread::current().id();
                let (inner_thread, remaining) =
                    inner.call_on_thread(|| Some((thread::current().id(), deadline::remaining())))?;
                Some(([outer_thread, inner_thread], remaining))
            })
            .unwrap();
        assert_ne!(threads[0], threads[1]);
        let remaining = remaining.unwrap();
        assert!(remaining > Duration::from_secs(10) && remaining <= Duration::from_secs(30), "{remaining:?}");
    }
}
