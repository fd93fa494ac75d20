//! Reading changes nothing, whoever reads and however often.

#[cfg(feature = "test-util")]
use std::time::Duration;

use super::super::{CircuitBreaker, CircuitBreakerBuilder};
#[cfg(feature = "test-util")]
use crate::core::clock;
#[cfg(feature = "test-util")]
use crate::core::event::{Bus, EventKind};
#[cfg(feature = "test-util")]
use crate::core::policy::Policy;
#[cfg(feature = "test-util")]
use crate::core::state::CircuitState;
#[cfg(feature = "test-util")]
use crate::core::sync::Arc;

fn generation(breaker: &CircuitBreaker) -> u64 {
    breaker.0.machine.lock().generation().get()
}

#[cfg(feature = "test-util")]
#[test]
fn an_open_breaker_whose_time_has_passed_reads_half_open_and_changes_with_the_next_call() {
    let clock = clock::manual();
    let bus = Arc::new(Bus::new());
    let breaker = CircuitBreaker::builder("read").failure_threshold(1).build().unwrap();
    breaker.observer().attach(&bus);
    breaker.try_acquire().unwrap().failure();
    let mut events = bus.subscribe();
    clock.advance(Duration::from_secs(30));
    let before = generation(&breaker);
    for _ in 0..2 {
        assert_eq!(format!("{breaker:?}"), "CircuitBreaker { name: \"read\", state: HalfOpen }");
        assert_eq!((breaker.state(), breaker.stats().state), (CircuitState::HalfOpen, CircuitState::HalfOpen));
        assert_eq!((breaker.stats().retry_after, breaker.stats().failure_count), (None, 0));
        assert!(breaker.totals().transitions.iter().all(|(_, to, _, times)| *to == CircuitState::Open || *times == 0));
        clock.advance(Duration::from_secs(10));
    }
    let time_in = breaker.totals().seconds_in;
    assert_eq!((time_in[CircuitState::Open as usize], time_in[CircuitState::HalfOpen as usize]), (30.0, 20.0));
    assert_eq!((generation(&breaker), events.try_recv().ok().is_none()), (before, true));

    let probe = breaker.try_acquire().unwrap();
    let told = EventKind::StateChanged { from: CircuitState::Open, to: CircuitState::HalfOpen };
    assert_eq!(events.try_recv().unwrap().kind(), told);
    assert_eq!((generation(&breaker), breaker.totals().seconds_in), (before + 1, time_in));
    probe.success();
    assert_eq!(breaker.state(), CircuitState::Closed);
}

#[cfg(feature = "test-util")]
#[test]
fn refusals_of_about_one_moment_have_one_text() {
    let clock = clock::manual();
    let text = |breaker: &CircuitBreaker| breaker.try_acquire().unwrap_err().to_string();
    let open = CircuitBreaker::builder("read").failure_threshold(1).build().unwrap();
    open.try_acquire().unwrap().failure();
    let at_once = text(&open);
    assert_eq!(at_once, "circuit breaker `read` is open, next probe in 30s");
    clock.advance(Duration::from_nanos(1_234_567));
    let (one, other) = (open.try_acquire().unwrap_err(), open.try_acquire().unwrap_err());
    assert_eq!((one.to_string(), other.to_string()), (at_once.clone(), at_once));
    assert_eq!(one.retry_after(), Some(Duration::from_nanos(29_998_765_433)), "the number is exact");

    clock.advance(Duration::from_secs(30));
    let _probe = open.try_acquire().unwrap();
    clock.advance(Duration::from_nanos(987_654));
    let at_the_latest = "circuit breaker `read` is half-open, its probes are out, a place is free in 30s at the latest";
    assert_eq!(text(&open), at_the_latest);
    clock.advance(Duration::from_nanos(987_654));
    assert_eq!(text(&open), at_the_latest);
}

#[cfg(feature = "test-util")]
#[test]
fn the_average_latency_is_none_before_the_first_timed_call() {
    let clock = clock::manual();
    let breaker = CircuitBreaker::builder("read").failure_threshold(2).build().unwrap();
    assert_eq!(breaker.stats().average_latency, None);
    let permit = breaker.try_acquire().unwrap();
    clock.advance(Duration::from_millis(30));
    permit.success();
    assert_eq!(breaker.stats().average_latency, Some(Duration::from_millis(30)));
    breaker.reset();
    assert_eq!(breaker.stats().average_latency, None, "the window is empty again");
}

#[test]
fn what_belongs_to_a_rule_that_is_off_is_none() {
    let build = |builder: CircuitBreakerBuilder| builder.build().unwrap().stats();
    let row = build(CircuitBreaker::builder("read"));
    assert_eq!((row.failure_threshold, row.slow_rate), (Some(5), None));
    let rate = build(CircuitBreaker::builder("read").failure_rate(0.5));
    assert_eq!((rate.failure_threshold, rate.slow_rate), (None, None));
    let slow = build(CircuitBreaker::builder("read").slow_call_duration(std::time::Duration::from_secs(1)));
    assert_eq!((slow.failure_threshold, slow.slow_rate), (None, Some(0.0)));
}

/// A success that was counted while a failure was being judged: the reader who finds it leaves the rule to the next step.
#[test]
fn a_reader_trips_no_rule() {
    let breaker = CircuitBreaker::builder("read").failure_rate(0.1).window(4).minimum_calls(3).build().unwrap();
    // A thread has a stripe of its own once it has come for it often enough.
    while breaker.0.counters.own().is_none() {}
    breaker.try_acquire().unwrap().success();
    breaker.try_acquire().unwrap().success();
    let permit = breaker.try_acquire().unwrap();
    {
        // As if the failure had come before the gate of the last success was closed.
        let mut machine = breaker.0.machine.lock();
        let ticket = super::super::machine::Ticket { generation: machine.generation(), probe: None };
        machine.record(
            &breaker.0.config,
            crate::core::clock::now(),
            ticket,
            crate::core::outcome::Verdict::Failure,
            None,
        );
    }
    permit.success();
    let before = generation(&breaker);
    assert_eq!((breaker.stats().window_calls, breaker.state().as_str()), (4, "closed"));
    assert_eq!(generation(&breaker), before);
    breaker.try_acquire().unwrap().ignore();
    assert_eq!(breaker.state().as_str(), "open", "the next step looks at the rules");
}
