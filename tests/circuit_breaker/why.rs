//! Why a circuit is open: in refusals, in stats, in events, in JSON.

use std::time::Duration;

use crate::support::*;
use crate::{conserved, state};
use resilience::{CircuitState, Error, EventKind, circuit_breaker, registry, retry};

both! {
    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "10s")]
    fn in_a_row(script);

    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = "10s", success_threshold = 4, half_open_failure_rate = 0.5)]
    fn tolerant(script);

    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = |openings| Duration::from_secs(10) * openings)]
    fn ever_longer(script);

    #[circuit_breaker(name = NAME, failure_threshold = 1, recovery_timeout = twenty)]
    fn by_path(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2)]
    fn dry_run(script);

    #[retry(max_attempts = 5, base_delay = "1s", jitter = none)]
    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "30s")]
    fn opened_by_a_retry(script);
}

fn twenty(_: u32) -> Duration {
    secs(20)
}

fn open(reply: Reply) -> resilience::CircuitOpen {
    match reply {
        Err(Failure::Refused(Error::CircuitOpen(open))) => open,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refused_attempt_does_not_hide_the_error_of_the_one_before() {
    opened_by_a_retry::each([fail(500), fail(503)], |case| {
        let refused = open(case.call());
        assert_eq!((case.calls(), refused.last_error().as_deref()), (2, Some("Status(503)")));
        let text = Error::CircuitOpen(refused).to_string();
        assert!(text.ends_with("is open, next probe in 28s (last error: Status(503))"), "{text}");
        case.advance(secs(28));
        case.breaker().open();
        let text = open(case.call()).to_string();
        assert!(text.ends_with("is open, next probe in 30s"), "by hand, so by no error: {text}");
    });
}

#[test]
fn refusals_stats_and_json_say_which_rule_and_which_error() {
    in_a_row::each([fail(500), fail(503)], |case| {
        let _ = case.call();
        let _ = case.call();
        let refused = open(case.call());
        let reason = refused.reason().unwrap();
        assert_eq!((reason.rule(), reason.observed(), reason.threshold()), ("consecutive", Some(2.0), Some(2.0)));
        assert_eq!(refused.last_error().as_deref(), Some("Status(503)"));
        assert!(!refused.is_half_open());
        let stats = case.breaker_stats();
        assert_eq!((stats.reason, stats.last_error.as_deref()), (Some(reason), Some("Status(503)")));
        let json = serde_json::to_value(stats).unwrap();
        let expected = serde_json::json!({"rule": "consecutive", "observed": 2.0, "threshold": 2.0});
        assert_eq!((&json["reason"], &json["last_error"]), (&expected, &serde_json::json!("Status(503)")));
        case.advance(secs(10));
        assert_eq!(case.play([ok(1)]), Ok(1));
        let stats = case.breaker_stats();
        assert_eq!((stats.reason, stats.last_error), (None, None), "it has closed");
        assert_eq!(refused.last_error().as_deref(), Some("Status(503)"), "who was refused still knows why");
    });
}

#[test]
fn a_share_of_the_probes_may_fail() {
    tolerant::each([fail(500), fail(500), ok(1), ok(1), ok(1)], |case| {
        let _ = case.call();
        case.advance(secs(10));
        assert_eq!((state(case), case.breaker_stats().failure_count), ("half_open", 0));
        for expected in [("half_open", 1), ("half_open", 1), ("half_open", 1), ("closed", 0)] {
            let _ = case.call();
            assert_eq!((state(case), case.breaker_stats().failure_count), expected, "the probes that have failed");
        }
        conserved(case);
    });
    tolerant::each([fail(500), fail(500), fail(500)], |case| {
        let _ = case.call();
        case.advance(secs(10));
        let _ = case.call();
        let _ = case.call();
        assert_eq!(state(case), "open");
        assert_eq!(open(case.call()).reason().unwrap().rule(), "probe_failed");
    });
}

#[test]
fn a_function_says_how_long_it_stays_open() {
    ever_longer::each([fail(500)], |case| {
        for wait in [10, 20, 30] {
            let _ = case.call();
            assert_eq!(case.breaker_stats().retry_after, Some(secs(wait)));
            case.advance(secs(wait));
        }
        assert_eq!(case.play([ok(1)]), Ok(1));
        let _ = case.play([fail(500)]);
        assert_eq!(case.breaker_stats().retry_after, Some(secs(10)), "the row has ended");
    });
    by_path::each([fail(500)], |case| {
        let _ = case.call();
        assert_eq!(case.breaker_stats().retry_after, Some(secs(20)));
    });
}

#[test]
fn a_dry_run_tells_that_it_would_open() {
    dry_run::each([fail(500)], |case| {
        case.breaker().metrics_only();
        let mut events = registry().subscribe();
        (0..4).for_each(|_| drop(case.call()));
        let stats = case.breaker_stats();
        assert_eq!((stats.state, stats.would_open, stats.failure_count), (CircuitState::MetricsOnly, 1, 4));
        let own = std::iter::from_fn(|| events.try_recv().ok()).filter(|event| event.name() == case.name);
        let told: Vec<_> = own.map(|event| event.kind()).collect();
        assert!(matches!(&told[..], [EventKind::WouldOpen { reason }] if reason.rule() == "consecutive"), "{told:?}");
    });
}

#[circuit_breaker(name = "why::half_open", failure_threshold = 1, recovery_timeout = "10s")]
async fn half_open(script: &Script) -> Reply {
    script.play_async().await
}

#[tokio::test(start_paused = true)]
async fn a_half_open_refusal_says_so_and_when_a_place_is_free() {
    let script = Script::new([fail(500), hang()]);
    let _ = half_open(&script).await;
    tokio::time::advance(secs(10)).await;
    let probe = half_open(&script);
    tokio::pin!(probe);
    tokio::select! {
        _ = &mut probe => unreachable!("it hangs"),
        () = tokio::time::sleep(secs(4)) => {}
    }
    let refused = open(half_open(&script).await);
    assert!(refused.is_half_open());
    let refused = Error::CircuitOpen(refused);
    assert_eq!(refused.retry_after(), Some(secs(6)));
    assert_eq!(
        refused.to_string(),
        "circuit breaker `why::half_open` is half-open, its probes are out, a place is free in 6s at the latest"
    );
}

#[tokio::test(start_paused = true)]
async fn an_event_says_why_it_opened() {
    let breaker = registry().circuit_breaker("why::told").unwrap();
    let mut events = registry().subscribe();
    let _ = told(&Script::new([fail(500)])).await;
    let event = std::iter::from_fn(|| events.try_recv().ok()).find(|event| event.name() == breaker.name()).unwrap();
    assert_eq!(event.kind(), EventKind::StateChanged { from: CircuitState::Closed, to: CircuitState::Open });
    assert_eq!((event.reason().unwrap().rule(), event.last_error()), ("consecutive", Some("Status(500)")));
}

#[circuit_breaker(name = "why::told", failure_threshold = 1)]
async fn told(script: &Script) -> Reply {
    script.play_async().await
}

#[tokio::test(start_paused = true)]
async fn opened_by_hand_it_recovers_by_itself() {
    let script = Script::new([ok(1)]);
    let breaker = registry().circuit_breaker("why::by_hand").unwrap();
    breaker.open_for(secs(60));
    assert_eq!(open(by_hand(&script).await).reason().unwrap().rule(), "manual");
    assert_eq!(breaker.stats().retry_after, Some(secs(60)));
    tokio::time::advance(secs(60)).await;
    assert_eq!(by_hand(&script).await, Ok(1));
    assert_eq!(breaker.state(), CircuitState::Closed);
    breaker.open();
    assert_eq!(breaker.stats().retry_after, Some(secs(30)));
    breaker.half_open();
    assert_eq!(by_hand(&script).await, Ok(1));
    assert_eq!(breaker.state(), CircuitState::Closed);
}

#[circuit_breaker(name = "why::by_hand")]
async fn by_hand(script: &Script) -> Reply {
    script.play_async().await
}
