//! Half-open under concurrency: exactly as many probes as allowed, and every place comes back.

use std::future::Future;

use crate::support::*;
use resilience::{CircuitBreaker, CircuitState, circuit_breaker, registry};

/// Waits for all of them, concurrently.
async fn join_all<F: Future<Output = Reply>>(futures: impl IntoIterator<Item = F>) -> Vec<Reply> {
    let mut futures: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|cx| {
        let mut pending = false;
        for (future, reply) in &mut futures {
            if reply.is_none() {
                match future.as_mut().poll(cx) {
                    std::task::Poll::Ready(done) => *reply = Some(done),
                    std::task::Poll::Pending => pending = true,
                }
            }
        }
        if pending { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    futures.into_iter().map(|(_, reply)| reply.unwrap()).collect()
}

fn half_open(name: &str) -> CircuitBreaker {
    let breaker = registry().circuit_breaker(name).unwrap();
    assert_eq!(breaker.state(), CircuitState::HalfOpen);
    breaker
}

fn refused(replies: &[Reply]) -> usize {
    replies.iter().filter(|reply| is_open(reply)).count()
}

// rustfmt moves the attribute to the right at every run.
#[rustfmt::skip]
macro_rules! probed {
    ($name:ident, $probes:literal, $successes:literal) => {
        #[circuit_breaker(
            name = concat!("probes::", stringify!($name)),
            failure_threshold = 1,
            recovery_timeout = "10s",
            half_open_max_calls = $probes,
            success_threshold = $successes
        )]
        async fn $name(script: &Script) -> Reply {
            script.play_async().await
        }
    };
}

probed!(three_places, 3, 3);
probed!(one_place, 1, 1);
probed!(failing, 3, 3);
probed!(reused, 2, 10);
probed!(dropped, 1, 1);
probed!(stuck, 1, 1);
probed!(panicking, 1, 1);
probed!(late, 1, 2);

async fn trip<F: Future<Output = Reply>>(call: impl FnOnce() -> F) {
    assert!(call().await.is_err());
    tokio::time::advance(secs(10)).await;
}

#[tokio::test(start_paused = true)]
async fn of_fifty_calls_at_once_exactly_as_many_probes_run_as_allowed() {
    let script = Script::new([fail(500), ok(1).after(secs(1))]);
    trip(|| three_places(&script)).await;
    let breaker = half_open("probes::three_places");
    let replies = join_all((0..50).map(|_| three_places(&script))).await;
    assert_eq!((script.calls(), refused(&replies)), (1 + 3, 47));
    assert_eq!(script.running(), (0, 3));
    assert_eq!(breaker.state(), CircuitState::Closed);
    let stats = breaker.stats();
    assert_eq!((stats.total_calls, stats.total_successes, stats.total_failures, stats.rejected), (51, 3, 1, 47));
}

#[tokio::test(start_paused = true)]
async fn of_fifty_calls_at_once_one_runs_where_one_is_allowed() {
    let script = Script::new([fail(500), ok(1).after(secs(1))]);
    trip(|| one_place(&script)).await;
    let replies = join_all((0..50).map(|_| one_place(&script))).await;
    assert_eq!((script.calls(), refused(&replies)), (2, 49));
    assert_eq!(one_place(&script).await, Ok(1), "closed");
}

#[tokio::test(start_paused = true)]
async fn one_failed_probe_of_several_reopens_and_the_others_change_nothing() {
    let script = Script::new([fail(500), fail(502).after(secs(1)), ok(1).after(secs(2)), ok(1).after(secs(2))]);
    trip(|| failing(&script)).await;
    let breaker = half_open("probes::failing");
    let replies = join_all((0..3).map(|_| failing(&script))).await;
    assert_eq!(replies, [Err(Failure::Status(502)), Ok(1), Ok(1)]);
    let stats = breaker.stats();
    assert_eq!((stats.state, stats.retry_after), (CircuitState::Open, Some(secs(9))), "open since the first reported");
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_done_frees_its_place_for_the_next() {
    let script = Script::new([fail(500), ok(1).after(secs(1))]);
    trip(|| reused(&script)).await;
    for round in 1..=4 {
        let replies = join_all((0..10).map(|_| reused(&script))).await;
        assert_eq!((script.calls(), refused(&replies)), (1 + 2 * round, 8));
    }
    assert_eq!(half_open("probes::reused").stats().success_count, 8);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_dropped_frees_its_place() {
    let script = Script::new([fail(500), hang(), hang(), hang(), ok(1)]);
    trip(|| dropped(&script)).await;
    for _ in 0..3 {
        tokio::time::timeout(secs(1), dropped(&script)).await.unwrap_err();
    }
    let breaker = half_open("probes::dropped");
    assert_eq!((breaker.stats().cancelled, breaker.stats().rejected), (3, 0));
    assert_eq!(dropped(&script).await, Ok(1));
    assert_eq!(breaker.state(), CircuitState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_stuck_loses_its_place_after_the_recovery_timeout() {
    let script = Script::new([fail(500), hang(), ok(1)]);
    trip(|| stuck(&script)).await;
    let breaker = half_open("probes::stuck");
    let hung = stuck(&script);
    tokio::pin!(hung);
    tokio::select! {
        _ = &mut hung => unreachable!("it hangs"),
        () = tokio::time::sleep(secs(9)) => {}
    }
    assert!(is_open(&stuck(&script).await), "its place is taken");
    tokio::time::advance(secs(1)).await;
    assert_eq!(stuck(&script).await, Ok(1), "now it is not");
    assert_eq!(breaker.state(), CircuitState::Closed);
    assert_eq!(hung.await, Ok(0), "an hour later");
    assert_eq!((breaker.state(), breaker.stats().failure_count), (CircuitState::Closed, 0));
}

#[tokio::test(start_paused = true)]
async fn a_probe_whose_place_was_taken_is_heard_nevertheless() {
    let script = Script::new([fail(500), fail(502).after(secs(15)), ok(1)]);
    trip(|| late(&script)).await;
    let breaker = half_open("probes::late");
    let (stuck, fresh) = tokio::join!(late(&script), async {
        tokio::time::sleep(secs(11)).await;
        let fresh = late(&script).await;
        assert_eq!((breaker.state(), breaker.stats().success_count), (CircuitState::HalfOpen, 1));
        fresh
    });
    assert_eq!((stuck, fresh), (Err(Failure::Status(502)), Ok(1)));
    assert_eq!(
        breaker.state(),
        CircuitState::Open,
        "it is of the same generation: what it says of the dependency counts"
    );
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_panics_in_its_task_frees_its_place() {
    let script = Script::new([fail(500), panics("boom"), ok(1)]);
    trip(|| panicking(&script)).await;
    let breaker = half_open("probes::panicking");
    let task = script.clone();
    assert!(tokio::spawn(async move { panicking(&task).await }).await.unwrap_err().is_panic());
    assert_eq!((breaker.state(), breaker.stats().total_failures), (CircuitState::Open, 2));
    tokio::time::advance(secs(10)).await;
    assert_eq!(panicking(&script).await, Ok(1));
}
