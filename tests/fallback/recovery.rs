//! The twin whose answer may hand the error back: then it is not applied.

use std::future::pending;

use crate::support::*;
use resilience::fallback::Recovery;
use resilience::{EventKind, Fallback, Registry, Timeout};

fn counts(fallback: &Fallback) -> (u64, u64) {
    (fallback.stats().successes, fallback.stats().failures)
}

/// Answers for 404 and 503, the latter with an error of its own.
fn answer(error: Failure) -> Recovery<Reply, Failure> {
    match error {
        Failure::Status(404) => Ok(1).into(),
        Failure::Status(503) => Recovery::Applied(Err(Failure::Status(999))),
        other => Recovery::NotApplied(other),
    }
}

const REPLIES: [(Reply, Reply); 4] = [
    (Ok(7), Ok(7)),
    (Err(Failure::Status(404)), Ok(1)),
    (Err(Failure::Status(503)), Err(Failure::Status(999))),
    (Err(Failure::Status(500)), Err(Failure::Status(500))),
];

#[test]
fn an_error_that_is_handed_back_is_none_of_its_failures() {
    let fallback = Fallback::new("recovery");
    for (reply, expected) in REPLIES {
        assert_eq!(fallback.recover(|| reply, answer), expected);
    }
    assert_eq!(counts(&fallback), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn nor_is_it_where_the_answer_is_awaited() {
    let fallback = Fallback::new("recovery");
    let slow = async |error| {
        tokio::time::sleep(secs(1)).await;
        answer(error)
    };
    for (reply, expected) in REPLIES {
        assert_eq!(fallback.recover_async(|| async { reply }, slow).await, expected);
    }
    assert_eq!(counts(&fallback), (1, 1));
}

#[test]
fn nobody_is_told_of_a_fallback_that_was_not_applied() {
    let registry = Registry::new();
    let fallback = registry.register(Fallback::new("recovery"));
    let mut events = registry.subscribe();
    for (reply, _) in REPLIES {
        let _ = fallback.recover(|| reply, answer);
    }
    let told: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).map(|event| event.kind()).collect();
    assert!(
        matches!(told[..], [EventKind::FellBack { ok: true, .. }, EventKind::FellBack { ok: false, .. }]),
        "{told:?}"
    );
}

#[test]
fn none_may_be_handed_back() {
    let fallback = Fallback::new("recovery");
    let ask = |cached: Option<u32>| {
        fallback.recover(|| None, |nothing| cached.map_or(Recovery::NotApplied(nothing), |value| Some(value).into()))
    };
    assert_eq!((ask(Some(7)), ask(None)), (Some(7), None));
    assert_eq!(counts(&fallback), (1, 0));
}

#[test]
fn an_answer_that_panics_was_applied() {
    let fallback = Fallback::new("recovery");
    let call = || fallback.recover(|| Err::<u32, _>(()), |()| panic!("boom"));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).is_err());
    assert_eq!(counts(&fallback), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn one_that_hangs_fails_when_a_limit_passes_and_not_when_its_caller_leaves() {
    let fallback = Fallback::new("recovery");
    let call = || fallback.recover_async(|| async { Err(Failure::Status(500)) }, |_| pending::<Recovery<Reply, _>>());
    assert!(tokio::time::timeout(secs(1), call()).await.is_err());
    assert_eq!(counts(&fallback), (0, 0));
    let limit = Timeout::builder("recovery").duration(secs(1)).build().unwrap();
    assert!(is_timeout(&limit.call_async(call).await));
    assert_eq!(counts(&fallback), (0, 1));
}
