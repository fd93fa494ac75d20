//! Reading changes nothing, whoever reads and however often.

#[cfg(feature = "test-util")]
use std::time::Duration;

use super::super::CircuitBreaker;
#[cfg(feature = "test-util")]
use crate::clock;
#[cfg(feature = "test-util")]
use crate::event::{Bus, EventKind};
#[cfg(feature = "test-util")]
use crate::policy::Policy;
#[cfg(feature = "test-util")]
use crate::state::CircuitState;
#[cfg(feature = "test-util")]
use crate::sync::Arc;

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
        machine.record(&breaker.0.config, crate::clock::now(), ticket, crate::outcome::Verdict::Failure, None);
    }
    permit.success();
    let before = generation(&breaker);
    assert_eq!((breaker.stats().window_calls, breaker.state().as_str()), (4, "closed"));
    assert_eq!(generation(&breaker), before);
    breaker.try_acquire().unwrap().ignore();
    assert_eq!(breaker.state().as_str(), "open", "the next step looks at the rules");
}
