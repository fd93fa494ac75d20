//! The ways in which callers leave.

use std::panic::AssertUnwindSafe;

use crate::support::*;
use crate::{breaker, calls_of};
use resilience::{CircuitState, circuit_breaker, fallback, retry, timeout};
use tokio::time::sleep;

macro_rules! protected {
    ($name:ident) => {
        #[fallback(|_| Ok(77))]
        #[retry(max_attempts = 2, base_delay = "1s", jitter = none)]
        #[circuit_breaker(name = concat!(module_path!(), "::", stringify!($name)), failure_threshold = 1)]
        #[timeout("1h")]
        async fn $name(script: &Script) -> Reply {
            script.play_async().await
        }
    };
}

protected!(timed_out);
protected!(selected);
protected!(aborted);
protected!(joined);
protected!(raced);
protected!(shut_down);

/// One call has begun, and its caller has left.
fn cancelled(path: &str) {
    let stats = breaker(path).stats();
    assert_eq!((stats.state, stats.cancelled, stats.total_failures), (CircuitState::Closed, 1, 0), "{path}");
    let calls = calls_of(path);
    assert_eq!((calls.in_flight, calls.cancelled, calls.failures, calls.calls), (0, 1, 0, 1), "{path}");
}

#[tokio::test(start_paused = true)]
async fn by_a_timeout_that_is_not_ours() {
    let script = Script::new([hang()]);
    tokio::time::timeout(secs(1), timed_out(&script)).await.unwrap_err();
    assert_eq!(script.running(), (0, 1));
    cancelled(concat!(module_path!(), "::timed_out"));
}

#[tokio::test(start_paused = true)]
async fn by_a_select() {
    let script = Script::new([hang()]);
    tokio::select! {
        _ = selected(&script) => unreachable!("it hangs"),
        () = sleep(secs(1)) => {}
    }
    cancelled(concat!(module_path!(), "::selected"));
}

#[tokio::test(start_paused = true)]
async fn by_aborting_the_task() {
    let script = Script::new([hang()]);
    let task = tokio::spawn({
        let script = script.clone();
        async move { aborted(&script).await }
    });
    sleep(secs(1)).await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(script.running(), (0, 1));
    cancelled(concat!(module_path!(), "::aborted"));
}

#[tokio::test(start_paused = true)]
async fn by_a_sibling_that_panics() {
    let script = Script::new([hang()]);
    let task = tokio::spawn({
        let script = script.clone();
        async move {
            tokio::join!(joined(&script), async {
                sleep(secs(1)).await;
                panic!("a sibling");
            })
        }
    });
    let panic = task.await.unwrap_err().into_panic();
    assert_eq!(message(&*panic), "a sibling");
    // The thread was unwinding, but not through this call.
    cancelled(concat!(module_path!(), "::joined"));
}

#[tokio::test(start_paused = true)]
async fn by_losing_a_race_against_itself() {
    let (slow, fast) = (Script::new([hang()]), Script::new([ok(1).after(secs(1))]));
    let reply = tokio::select! {
        reply = raced(&slow) => reply,
        reply = raced(&fast) => reply,
    };
    assert_eq!(reply, Ok(1));
    let stats = breaker(concat!(module_path!(), "::raced")).stats();
    assert_eq!((stats.cancelled, stats.total_successes, stats.total_calls), (1, 1, 2));
}

#[test]
fn by_shutting_the_runtime_down() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let script = Script::new([hang()]);
    let task = script.clone();
    let handle = runtime.spawn(async move { shut_down(&task).await });
    runtime.block_on(async { sleep(secs(1)).await });
    let dropped = std::panic::catch_unwind(AssertUnwindSafe(|| drop(runtime)));
    assert!(dropped.is_ok() && handle.is_finished());
    assert_eq!(script.running(), (0, 1));
    cancelled(concat!(module_path!(), "::shut_down"));
}
