//! Results that come in after the breaker has moved on.

use crate::support::*;
use resilience::{CircuitBreaker, CircuitState, circuit_breaker, registry};
use tokio::time::sleep;

fn breaker(name: &str) -> CircuitBreaker {
    registry().circuit_breaker(name).unwrap()
}

#[circuit_breaker(
    name = "generations::late_success",
    failure_threshold = 1,
    recovery_timeout = "10s",
    success_threshold = 2
)]
async fn late_success(script: &Script) -> Reply {
    script.play_async().await
}

#[tokio::test(start_paused = true)]
async fn a_success_of_an_earlier_generation_does_not_close() {
    let script = Script::new([ok(1).after(secs(15)), fail(500), ok(2).after(secs(60))]);
    let breaker = breaker("generations::late_success");
    let (slow, _, probe) = tokio::join!(
        late_success(&script),
        async {
            sleep(secs(1)).await;
            let _ = late_success(&script).await;
            assert_eq!(breaker.state(), CircuitState::Open);
        },
        async {
            sleep(secs(12)).await;
            assert_eq!(breaker.state(), CircuitState::HalfOpen);
            let probe = late_success(&script);
            tokio::pin!(probe);
            tokio::select! {
                _ = &mut probe => unreachable!("it takes a minute"),
                () = sleep(secs(4)) => {}
            }
            let stats = breaker.stats();
            assert_eq!((stats.state, stats.success_count), (CircuitState::HalfOpen, 0), "the slow call is done by now");
        },
    );
    let () = probe;
    assert_eq!(slow, Ok(1));
    assert_eq!(breaker.stats().total_successes, 1, "it is counted nevertheless");
}

#[circuit_breaker(name = "generations::late_failure", failure_threshold = 1, recovery_timeout = "10s")]
async fn late_failure(script: &Script) -> Reply {
    script.play_async().await
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_an_earlier_generation_does_not_open() {
    let script = Script::new([fail(503).after(secs(30)), fail(500), ok(1)]);
    let breaker = breaker("generations::late_failure");
    let slow = late_failure(&script);
    let rest = async {
        sleep(secs(1)).await;
        let _ = late_failure(&script).await;
        sleep(secs(11)).await;
        assert_eq!(late_failure(&script).await, Ok(1));
        assert_eq!(breaker.state(), CircuitState::Closed);
    };
    let (slow, ()) = tokio::join!(slow, rest);
    assert_eq!(slow, Err(Failure::Status(503)));
    let stats = breaker.stats();
    assert_eq!((stats.state, stats.failure_count, stats.total_failures), (CircuitState::Closed, 0, 2));
}

#[circuit_breaker(name = "generations::reset_meanwhile", failure_threshold = 1)]
async fn reset_meanwhile(script: &Script) -> Reply {
    script.play_async().await
}

#[tokio::test(start_paused = true)]
async fn a_reset_starts_a_generation_too() {
    let script = Script::new([fail(500).after(secs(5))]);
    let breaker = breaker("generations::reset_meanwhile");
    let (reply, ()) = tokio::join!(reset_meanwhile(&script), async {
        sleep(secs(1)).await;
        breaker.reset();
    });
    assert_eq!(reply, Err(Failure::Status(500)));
    assert_eq!((breaker.state(), breaker.stats().failure_count), (CircuitState::Closed, 0));
}

#[circuit_breaker(name = "generations::disabled_meanwhile", failure_threshold = 1)]
async fn disabled_meanwhile(script: &Script) -> Reply {
    script.play_async().await
}

#[tokio::test(start_paused = true)]
async fn a_call_that_began_while_disabled_is_not_recorded_later() {
    let script = Script::new([fail(500).after(secs(5))]);
    let breaker = breaker("generations::disabled_meanwhile");
    breaker.disable();
    let (reply, ()) = tokio::join!(disabled_meanwhile(&script), async {
        sleep(secs(1)).await;
        breaker.force_closed();
    });
    assert_eq!(reply, Err(Failure::Status(500)));
    let stats = breaker.stats();
    assert_eq!((stats.state, stats.total_calls, stats.failure_count), (CircuitState::Closed, 0, 0));
}

#[circuit_breaker(name = "generations::recursive", failure_threshold = 3)]
fn recursive(depth: u32, script: &Script) -> Reply {
    if depth == 0 { script.play() } else { recursive(depth - 1, script) }
}

#[test]
fn a_protected_function_may_call_itself() {
    let _clock = stopped();
    assert_eq!(recursive(2, &Script::new([fail(500)])), Err(Failure::Status(500)));
    assert_eq!(breaker("generations::recursive").stats().failure_count, 3, "each level is a call");
}
