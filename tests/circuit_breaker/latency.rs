//! Rules about slow calls and mean latency.

use std::future::Future;

use crate::support::*;
use crate::{conserved, state};
use resilience::{CircuitState, circuit_breaker, registry};

both! {
    #[circuit_breaker(name = NAME, slow_call_duration = "1s", slow_call_rate = 0.5, window = 4)]
    fn half_slow(script);

    #[circuit_breaker(name = NAME, slow_call_duration = "1s", window = 3)]
    fn all_slow(script);

    #[circuit_breaker(name = NAME, slow_call_duration = "1s", window = 100)]
    fn counted(script);

    #[circuit_breaker(name = NAME, slow_call_duration = "1s", window = 1, recovery_timeout = "10s")]
    fn slow_probe(script);

    #[circuit_breaker(name = NAME, max_average_latency = "1s", window = 4)]
    fn on_average(script);

    #[circuit_breaker(name = NAME, max_average_latency = "1s", window = 2)]
    fn exactly_on_average(script);
}

#[test]
fn a_share_of_slow_calls_opens_although_they_succeed() {
    half_slow::each([ok(1), ok(1).after(secs(1)), ok(1), ok(1).after(secs(5))], |case| {
        for expected in ["closed", "closed", "closed", "open"] {
            assert_eq!(case.call(), Ok(1));
            assert_eq!(state(case), expected);
        }
        let stats = case.breaker_stats();
        assert_eq!((stats.slow, stats.total_successes, stats.total_failures), (2, 4, 0));
        conserved(case);
    });
}

#[test]
fn all_calls_must_be_slow_by_default() {
    all_slow::each([ok(1), ok(1).after(secs(2))], |case| {
        for expected in ["closed", "closed", "closed", "open"] {
            let _ = case.call();
            assert_eq!(state(case), expected);
        }
    });
}

#[test]
fn a_call_is_slow_from_the_limit_on_whether_it_fails_or_not() {
    counted::each([ok(1).after(millis(999)), ok(1).after(secs(1)), fail(500).after(secs(1)), ok(1)], |case| {
        for slow in [0, 1, 2, 2] {
            let _ = case.call();
            assert_eq!(case.breaker_stats().slow, slow);
        }
        assert_eq!(case.breaker_stats().average_latency, Some(millis(2999) / 4));
    });
}

#[test]
fn a_slow_probe_reopens() {
    slow_probe::each([ok(1).after(secs(1))], |case| {
        let _ = case.call();
        assert_eq!(state(case), "open");
        case.advance(secs(10));
        assert_eq!(case.call(), Ok(1), "its caller has the answer");
        assert_eq!(state(case), "open");
        case.advance(secs(10));
        let _ = case.play([ok(1)]);
        assert_eq!(state(case), "closed");
    });
}

#[test]
fn a_mean_latency_above_the_limit_opens() {
    on_average::each([ok(1), ok(1), ok(1), ok(1).after(secs(5))], |case| {
        for expected in ["closed", "closed", "closed", "open"] {
            let _ = case.call();
            assert_eq!(state(case), expected);
        }
        assert_eq!(case.breaker_stats().average_latency, Some(secs(5) / 4), "what opened it is still shown");
    });
}

#[test]
fn a_mean_latency_at_the_limit_is_allowed() {
    exactly_on_average::each([ok(1), ok(1).after(secs(2))], |case| {
        let _ = case.call();
        let _ = case.call();
        assert_eq!((state(case), case.breaker_stats().average_latency), ("closed", Some(secs(1))));
    });
}

#[circuit_breaker(name = "latency::given_up", slow_call_duration = "5ms")]
async fn given_up(script: &Script) -> Reply {
    script.play_async().await
}

#[circuit_breaker(
    name = "latency::slow_probe_given_up",
    failure_threshold = 1,
    slow_call_duration = "5ms",
    recovery_timeout = "10s"
)]
async fn slow_probe_given_up(script: &Script) -> Reply {
    script.play_async().await
}

/// Whoever calls loses patience, and with it the call: what is known of it is that it was slow.
async fn give_up(call: impl Future<Output = Reply>, patience: u64) {
    tokio::time::timeout(millis(patience), call).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn callers_who_give_up_on_a_slow_dependency_open_it() {
    let (script, breaker) = (Script::new([hang()]), registry().circuit_breaker("latency::given_up").unwrap());
    for call in 0..100 {
        assert_eq!(breaker.state(), CircuitState::Closed, "after {call} calls");
        give_up(given_up(&script), 10).await;
    }
    let stats = breaker.stats();
    assert_eq!((stats.state, stats.slow, stats.cancelled), (CircuitState::Open, 100, 100));
    assert_eq!((stats.total_calls, stats.total_failures, stats.total_successes), (100, 0, 0), "neither of the two");
    assert_eq!(stats.failure_rate, 0.0);
}

#[tokio::test(start_paused = true)]
async fn callers_who_give_up_soon_say_nothing() {
    let (script, breaker) = (Script::new([hang()]), registry().circuit_breaker("latency::given_up_soon").unwrap());
    for _ in 0..100 {
        give_up(given_up_soon(&script), 4).await;
    }
    let stats = breaker.stats();
    assert_eq!((stats.state, stats.slow, stats.cancelled), (CircuitState::Closed, 0, 100));
}

#[circuit_breaker(name = "latency::given_up_soon", slow_call_duration = "5ms")]
async fn given_up_soon(script: &Script) -> Reply {
    script.play_async().await
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_given_up_after_long_has_failed() {
    let script = Script::new([fail(500), hang(), hang(), ok(1)]);
    let breaker = registry().circuit_breaker("latency::slow_probe_given_up").unwrap();
    assert!(slow_probe_given_up(&script).await.is_err());
    tokio::time::advance(secs(10)).await;
    give_up(slow_probe_given_up(&script), 4).await;
    assert_eq!(breaker.state(), CircuitState::HalfOpen, "too short to say anything");
    give_up(slow_probe_given_up(&script), 5).await;
    assert_eq!(breaker.state(), CircuitState::Open);
}
