//! Successes that are only counted end up in the window as if each had been recorded.

use std::sync::Barrier;
use std::time::Duration;

use proptest::prelude::*;

use super::super::CircuitBreaker;
use super::super::builder::CircuitBreakerBuilder;
use super::super::config::Config;
use super::super::machine::{Admission, Machine};
use super::super::step::GUARDED;
use crate::core::clock;
use crate::core::outcome::Verdict;
use crate::core::state::CircuitState;
use crate::core::sync::Ordering;
use crate::core::window::Window;

fn builder(rate: f64, window: u32, minimum: u32, threshold: Option<u32>) -> CircuitBreakerBuilder {
    let builder = CircuitBreaker::builder("quiet").failure_rate(rate).window(window).minimum_calls(minimum.min(window));
    threshold.into_iter().fold(builder, CircuitBreakerBuilder::failure_threshold)
}

/// The same calls, each recorded by the machine.
fn recorded(config: &Config, script: &[bool]) -> Vec<(CircuitState, u64, u64)> {
    let now = clock::now();
    let mut machine = Machine::new(config, now);
    let call = |failed: &bool| {
        if let Admission::Pass(ticket) = machine.admit(config, now, &[]).0 {
            let verdict = if *failed { Verdict::Failure } else { Verdict::Success };
            machine.record(config, now, ticket, verdict, Some(Duration::ZERO));
        }
        let tally = machine.view(config, now).tally;
        (machine.state(), tally.calls, tally.failures)
    };
    script.iter().map(call).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn counting_is_recording(
        rate in prop::sample::select(&[0.0, 0.1, 0.5, 1.0][..]),
        window in 1..12_u32,
        minimum in 1..12_u32,
        threshold in prop::option::of(1..4_u32),
        script in prop::collection::vec(prop::bool::weighted(0.2), 1..80),
        look in any::<bool>(),
    ) {
        #[cfg(feature = "test-util")]
        let _clock = clock::manual();
        let breaker = builder(rate, window, minimum, threshold).build().unwrap();
        let expected = recorded(&breaker.0.config, &script);
        for (failed, (state, calls, failures)) in script.iter().zip(&expected) {
            let _ = breaker.call(|| if *failed { None } else { Some(()) });
            // Looking takes the counts in, so it must also be right not to look.
            if look {
                let tally = breaker.view().tally;
                prop_assert_eq!((breaker.state(), tally.calls, tally.failures), (*state, *calls, *failures));
            }
        }
        let tally = breaker.view().tally;
        prop_assert_eq!((breaker.state(), tally.calls, tally.failures), expected[expected.len() - 1]);
    }
}

#[test]
fn no_success_is_lost_between_threads() {
    let breaker =
        CircuitBreaker::builder("quiet").failure_rate(1.0).window(1_000_000).minimum_calls(1_000_000).build().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| {
                for call in 0..1_000 {
                    let _ = breaker.call(|| (call % 100 != 0).then_some(()));
                }
            });
        }
    });
    let tally = breaker.view().tally;
    assert_eq!((tally.calls, tally.failures), (50_000, 500));
    assert_eq!((breaker.stats().total_successes, breaker.stats().total_failures), (49_500, 500));
}

#[test]
fn a_success_of_an_earlier_generation_is_not_taken_in() {
    let breaker = CircuitBreaker::builder("quiet").build().unwrap();
    let late = breaker.try_acquire().unwrap();
    breaker.reset();
    late.success();
    breaker.try_acquire().unwrap().success();
    assert_eq!((breaker.view().tally.calls, breaker.stats().total_successes), (1, 2));
}

/// Whether a success would be counted without asking the machine.
fn is_quiet(breaker: &CircuitBreaker) -> bool {
    breaker.0.gate.load(Ordering::Relaxed) & 1 == 1
}

#[test]
fn a_success_that_can_trip_no_rule_does_not_ask_the_machine() {
    let build = |builder: CircuitBreakerBuilder| builder.build().unwrap();
    let fail = |breaker: &CircuitBreaker| breaker.try_acquire().unwrap().failure();
    let new = || CircuitBreaker::builder("quiet");

    let in_a_row = build(new());
    assert!(is_quiet(&in_a_row));
    fail(&in_a_row);
    assert!(is_quiet(&in_a_row), "a success ends the run, whenever it is taken in");

    let rate = build(new().failure_rate(0.9).window(4).minimum_calls(2));
    fail(&rate);
    assert!(is_quiet(&rate), "the next call completes the minimum, and lowers the rate below the limit");
    let rate = build(new().failure_rate(0.5).window(4).minimum_calls(2));
    assert!(is_quiet(&rate));
    fail(&rate);
    assert!(!is_quiet(&rate), "the next call completes the minimum");
    rate.metrics_only();
    fail(&rate);
    rate.try_acquire().unwrap().success();
    assert!(is_quiet(&rate), "from here on a success can only lower the rate");

    let in_time = build(new().failure_rate(0.9).window(Duration::from_secs(60)).minimum_calls(1));
    assert!(is_quiet(&in_time));
    in_time.metrics_only();
    assert!(is_quiet(&in_time));
    fail(&in_time);
    assert!(is_quiet(&in_time), "the rate was looked at when the failure came in");

    let early = build(new().failure_rate(0.5).window(Duration::from_secs(60)).minimum_calls(4));
    fail(&early);
    assert!(is_quiet(&early), "one of four is below the rate, whichever success completes them");
    fail(&early);
    assert!(!is_quiet(&early), "two of four are not");
    early.try_acquire().unwrap().success();
    early.try_acquire().unwrap().success();
    assert_eq!(early.state(), CircuitState::Open);

    assert!(is_quiet(&build(new().slow_call_duration(Duration::from_secs(1)))));
    let mean = new().max_average_latency(Duration::from_secs(1));
    assert!(is_quiet(&build(mean.clone().window(Duration::from_secs(60)))));
    assert!(!is_quiet(&build(mean)), "which latency slides out must be known");
    let open = build(new());
    open.force_open();
    assert_eq!(open.0.gate.load(Ordering::Relaxed), GUARDED);
}

/// The successes of this thread that asked no machine.
fn counted(breaker: &CircuitBreaker) -> u64 {
    breaker.0.counters.counted()[0]
}

fn succeed(breaker: &CircuitBreaker, times: u64) {
    (0..times).for_each(|_| breaker.try_acquire().unwrap().success());
}

/// A breaker in which this thread has a stripe of its own, without calls in its window.
fn with_stripe(window: Window) -> CircuitBreaker {
    let breaker = CircuitBreaker::builder("quiet").failure_rate(0.5).window(window).build().unwrap();
    succeed(&breaker, 64);
    assert!(breaker.0.counters.own().is_some());
    breaker.reset();
    breaker
}

const HOURS: Window = Window::Time(Duration::from_secs(36_000));

#[test]
fn the_first_success_of_a_generation_asks_and_the_others_are_counted() {
    for window in [Window::Calls(100), HOURS] {
        let breaker = with_stripe(window);
        std::thread::scope(|scope| scope.spawn(|| breaker.reset()).join().unwrap());
        let before = counted(&breaker);
        succeed(&breaker, 10);
        assert_eq!((counted(&breaker) - before, breaker.view().tally.calls), (9, 10), "{window:?}");
        assert_eq!(breaker.stats().total_successes, 74);
        // Whoever makes a step is armed by it, and it was this thread that did.
        breaker.reset();
        succeed(&breaker, 10);
        assert_eq!((counted(&breaker) - before, breaker.view().tally.calls), (19, 10), "{window:?}");
    }
}

/// Fails when the places of threads, or their stripes, run out early, and when a failure keeps successes asking.
#[cfg(not(resilience_loom))]
#[test]
fn with_64_threads_alive_and_200_that_called_once_no_success_takes_a_lock() {
    for window in [Window::Calls(100), HOURS] {
        let breaker = CircuitBreaker::builder("quiet").failure_rate(0.5).window(window).build().unwrap();
        let (warm, done) = (Barrier::new(264), Barrier::new(264));
        std::thread::scope(|scope| {
            for _ in 0..200 {
                scope.spawn(|| {
                    succeed(&breaker, 1);
                    warm.wait();
                    done.wait();
                });
            }
            for _ in 0..64 {
                scope.spawn(|| {
                    succeed(&breaker, 100);
                    breaker.try_acquire().unwrap().failure();
                    warm.wait();
                    let before = crate::core::sync::locks_taken();
                    succeed(&breaker, 1_000);
                    let taken = crate::core::sync::locks_taken() - before;
                    // A thread that panics before would leave the others waiting.
                    done.wait();
                    assert_eq!(taken, 0);
                });
            }
        });
        let stats = breaker.stats();
        assert_eq!((stats.total_successes, stats.total_failures), (200 + 64 * 1_100, 64));
        assert!(breaker.0.counters.counted()[1] <= 200 + 64 * 64, "the others own a stripe");
    }
}

/// Without virtual time, under which every call is timed.
#[cfg(not(feature = "test-util"))]
#[test]
fn threads_without_a_stripe_count_together() {
    for window in [Window::Calls(100_000), HOURS] {
        let each = CircuitBreaker::builder("shared").failure_rate(0.5).window(window).minimum_calls(100_000);
        let family = super::super::KeyedCircuitBreaker::new(each, 10).unwrap();
        let breaker = family.get("key");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        succeed(&breaker, 500);
                        breaker.try_acquire().unwrap().failure();
                    }
                });
            }
        });
        let [own, shared] = breaker.0.counters.counted();
        assert!(own == 0 && shared > 70_000, "{shared} of 80,000 took no lock");
        let (stats, tally) = (breaker.stats(), breaker.view().tally);
        assert_eq!((stats.total_successes, stats.total_failures), (80_000, 160));
        assert_eq!((tally.calls, tally.failures), (80_160, 160));
    }
}

/// Fails when a shared stripe counts on for the generation that is over.
#[test]
fn a_key_starts_anew_in_each_generation() {
    let family = super::super::KeyedCircuitBreaker::new(CircuitBreaker::builder("shared"), 10).unwrap();
    let breaker = family.get("key");
    for round in 1..10 {
        succeed(&breaker, 50);
        assert_eq!((breaker.view().tally.calls, breaker.stats().total_successes), (50, round * 50));
        breaker.reset();
        assert_eq!(breaker.view().tally.calls, 0);
    }
}

#[cfg(feature = "test-util")]
#[test]
fn the_first_success_of_a_slot_asks() {
    let clock = clock::manual();
    let breaker = with_stripe(Window::Time(Duration::from_secs(10)));
    let before = counted(&breaker);
    succeed(&breaker, 3);
    clock.advance(Duration::from_millis(999));
    succeed(&breaker, 1);
    assert_eq!(counted(&breaker) - before, 4);
    clock.advance(Duration::from_millis(1));
    succeed(&breaker, 1);
    assert_eq!(counted(&breaker) - before, 4, "a new slot");
    succeed(&breaker, 2);
    assert_eq!((counted(&breaker) - before, breaker.view().tally.calls), (6, 7));
    clock.advance(Duration::from_secs(9));
    assert_eq!(breaker.view().tally.calls, 3, "each is in its own slot");
}
