//! A deadline belongs to a call: who else polls the call, and what else is polled inside it, neither hurries nor is hurried.

use std::cell::Cell;
use std::rc::Rc;

use futures_util::future::{FutureExt as _, Shared};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use resilience::{clock, retry, timeout};
use tokio::runtime::Runtime;
use tokio::task::LocalSet;

use super::*;

type Reply = Result<u32, Error>;

async fn after(delay: Duration) -> Reply {
    tokio::time::sleep(delay).await;
    Ok(7)
}

#[timeout("10s")]
async fn call(delay: Duration) -> Reply {
    after(delay).await
}

#[timeout("50ms")]
async fn hasty<F: Future<Output = Reply>>(call: Shared<F>) -> Reply {
    call.await
}

#[timeout("5s")]
async fn patient<F: Future<Output = Reply>>(call: Shared<F>) -> Reply {
    call.await
}

#[tokio::test(start_paused = true)]
async fn a_shared_future_is_not_hurried_by_the_first_who_polls_it() {
    let call = call(200 * MS).shared();
    let (hasty, patient) = tokio::join!(hasty(call.clone()), patient(call));
    assert!(matches!(hasty, Err(Error::Timeout(_))));
    assert_eq!(patient, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn a_shared_future_is_not_hurried_by_the_next_who_polls_it() {
    let call = call(200 * MS).shared();
    let (patient, hasty) = tokio::join!(patient(call.clone()), hasty(call));
    assert!(matches!(hasty, Err(Error::Timeout(_))));
    assert_eq!(patient, Ok(7));
}

#[retry(max_attempts = 2, strategy = constant, base_delay = "100ms", jitter = none)]
async fn retried(calls: &Cell<u32>) -> Reply {
    tokio::time::sleep(20 * MS).await;
    calls.set(calls.get() + 1);
    if calls.get() == 1 { Err(Error::rate_limited("busy", None)) } else { Ok(7) }
}

/// Both wait; the hasty one is the last to poll before the first attempt is judged.
#[tokio::test(start_paused = true)]
async fn a_retry_in_a_shared_future_has_the_time_of_the_one_who_began_it() {
    let calls = Cell::new(0);
    let call = retried(&calls).shared();
    // Not tokio's `join`, which takes turns.
    let late = async {
        tokio::time::sleep(15 * MS).await;
        hasty(call.clone()).await
    };
    let (hasty, begun) = futures_util::join!(late, patient(call.clone()));
    assert!(matches!(hasty, Err(Error::Timeout(_))));
    assert_eq!((begun, calls.get()), (Ok(7), 2));
}

/// The hasty one is the first to poll, and the one who polls when the first attempt is judged; but not the only one.
#[tokio::test(start_paused = true)]
async fn a_retry_in_a_shared_future_has_the_time_of_any_who_has_polled_it() {
    let calls = Cell::new(0);
    let call = retried(&calls).shared();
    let (hasty, patient) = futures_util::join!(hasty(call.clone()), patient(call.clone()));
    assert!(matches!(hasty, Err(Error::Timeout(_))));
    assert_eq!((patient, calls.get()), (Ok(7), 2));
}

#[timeout("50ms")]
async fn next<F: Future<Output = Reply>>(calls: &mut FuturesUnordered<F>) -> Reply {
    calls.next().await.expect("there are some")
}

#[tokio::test(start_paused = true)]
async fn members_of_a_set_have_limits_of_their_own() {
    let mut calls: FuturesUnordered<_> = [120 * MS, 130 * MS, 140 * MS].map(call).into_iter().collect();
    let mut replies = Vec::new();
    while !calls.is_empty() {
        replies.push(next(&mut calls).await.is_ok());
    }
    assert_eq!(replies, [false, false, true, true, true], "two looks came too early, and no call failed");
}

#[tokio::test(start_paused = true)]
async fn a_limit_inside_goes_on_under_the_next_who_polls() {
    let mut calls: FuturesUnordered<_> = [call(Duration::from_secs(60))].into_iter().collect();
    let start = clock::now();
    let error = loop {
        match next(&mut calls).await {
            Err(error) if calls.is_empty() => break error,
            other => assert!(other.is_err()),
        }
    };
    assert_eq!((clock::now().since(start), error.to_string().contains("10s")), (Duration::from_secs(10), true));
}

/// Looks at its deadline after it has waited, and in its first poll.
async fn looks(delay: Duration) -> [Option<Duration>; 2] {
    let first = deadline::remaining();
    tokio::time::sleep(delay).await;
    [first, deadline::remaining()]
}

#[timeout("1s", mode = deadline)]
fn blocking(runtime: &Runtime) -> Result<[[Option<Duration>; 2]; 2], Error> {
    runtime.block_on(async {
        let task = tokio::spawn(looks(MS));
        Ok([looks(2 * MS).await, task.await.expect("it does not panic")])
    })
}

#[test]
fn a_task_that_a_blocking_call_runs_is_not_of_the_call() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let _entered = runtime.enter();
    let [own, others] = blocking(&runtime).unwrap();
    assert_eq!(others, [None, None]);
    assert!(own.iter().all(Option::is_some), "what it waits for is: {own:?}");
}

#[timeout("1s")]
async fn local(tasks: &LocalSet) -> Result<[[Option<Duration>; 2]; 2], Error> {
    let task = tasks.spawn_local(looks(MS));
    let own = tasks.run_until(looks(2 * MS)).await;
    let others = tasks.run_until(task).await.expect("it does not panic");
    Ok([own, others])
}

#[tokio::test(start_paused = true)]
async fn a_task_of_a_local_set_is_not_of_the_call_that_runs_it() {
    let [own, others] = local(&LocalSet::new()).await.unwrap();
    assert_eq!((own, others), ([Some(1000 * MS), Some(998 * MS)], [None, None]));
}

#[tokio::test(start_paused = true)]
async fn neither_in_a_task() {
    let local_set = tokio::task::spawn_blocking(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async { tokio::task::LocalSet::new().run_until(local_in_a_task()).await })
    });
    let [own, others] = local_set.await.unwrap();
    assert_eq!((own, others), ([Some(1000 * MS), Some(998 * MS)], [None, None]));
}

async fn local_in_a_task() -> [[Option<Duration>; 2]; 2] {
    let task = tokio::task::spawn_local(async { local(&LocalSet::new()).await });
    task.await.expect("it does not panic").expect("it has a second")
}

#[timeout("50ms", mode = deadline)]
fn hasty_blocking(runtime: &Runtime, done: Rc<Cell<bool>>) -> Result<(), Error> {
    let tasks = LocalSet::new();
    let unrelated = tasks.spawn_local(async move {
        assert_eq!(call(200 * MS).await, Ok(7));
        done.set(true);
    });
    tasks.block_on(runtime, unrelated).expect("it does not panic");
    Ok(())
}

#[test]
fn a_call_that_blocks_on_a_runtime_cuts_no_task() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let _entered = runtime.enter();
    let done = Rc::new(Cell::new(false));
    let own = hasty_blocking(&runtime, Rc::clone(&done));
    assert!(done.get() && matches!(own, Err(Error::Timeout(_))), "the call itself is late");
}

async fn yield_once() {
    let mut first = true;
    std::future::poll_fn(|cx| {
        if std::mem::take(&mut first) {
            cx.waker().wake_by_ref();
            return std::task::Poll::Pending;
        }
        std::task::Poll::Ready(())
    })
    .await;
}

/// Where tasks have no ids, what is polled inside belongs to the call; but no limit is cut by another.
#[test]
fn another_executors_tasks_are_informed_but_not_cut() {
    let clock = clock::manual();
    let limited = timeout(100 * MS);
    let inner = timeout(Duration::from_secs(10));
    let executor = smol::LocalExecutor::new();
    let told = Rc::new(Cell::new(None));
    let reply = limited.call(|| {
        let (told, inner) = (Rc::clone(&told), inner.clone());
        let task = executor.spawn(async move {
            let reply = inner.call_async(|| async {
                yield_once().await;
                Ok::<_, Error>(deadline::remaining())
            });
            told.set(Some(reply.await));
        });
        clock.advance(200 * MS);
        futures_executor::block_on(executor.run(task));
        Ok::<_, Error>(())
    });
    assert!(reply.is_err());
    assert_eq!(told.take(), Some(Ok(Some(Duration::ZERO))));
}
