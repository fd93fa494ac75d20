//! Permits, by hand and around bodies, under a stopped clock.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use super::super::CircuitBreaker;
use crate::context::deadline::Limit;
use crate::core::error::Error;
use crate::core::outcome::Verdict;
use crate::core::state::CircuitState;
use crate::core::window::Window;

fn breaker() -> CircuitBreaker {
    CircuitBreaker::builder("permit").failure_threshold(1).build().unwrap()
}

#[test]
fn a_dropped_permit_is_cancelled() {
    let breaker = breaker();
    drop(breaker.try_acquire().unwrap());
    let stats = breaker.stats();
    assert_eq!((stats.cancelled, stats.total_failures, stats.state), (1, 0, CircuitState::Closed));
}

#[test]
fn an_owned_permit_moves_to_another_thread() {
    let breaker = breaker();
    let permit = breaker.try_acquire_owned().unwrap();
    std::thread::spawn(move || permit.failure()).join().unwrap();
    assert_eq!(breaker.state(), CircuitState::Open);
}

#[test]
fn a_panic_in_the_body_is_a_failure_and_goes_on() {
    let breaker = breaker();
    let panicked = catch_unwind(AssertUnwindSafe(|| breaker.call(|| -> Result<(), Error> { panic!("body") })));
    assert!(panicked.is_err());
    assert_eq!(breaker.stats().total_failures, 1);
}

#[test]
fn a_future_that_its_caller_drops_is_cancelled() {
    let breaker = breaker();
    {
        let mut call = pin!(breaker.call_async(std::future::pending::<Result<(), Error>>));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!((breaker.stats().cancelled, breaker.state()), (1, CircuitState::Closed));
}

#[test]
fn a_future_that_is_dropped_by_a_siblings_panic_is_cancelled() {
    let breaker = breaker();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let mut call = pin!(breaker.call_async(std::future::pending::<Result<(), Error>>));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        panic!("a sibling");
    }));
    assert!(panicked.is_err());
    assert_eq!((breaker.stats().cancelled, breaker.stats().total_failures), (1, 0));
}

#[test]
fn a_refusal_carries_the_time_and_counts_as_rejected() {
    #[cfg(feature = "test-util")]
    let _clock = crate::core::clock::manual();
    let breaker = breaker();
    breaker.force_open();
    assert!(matches!(breaker.call(|| Ok::<_, Error>(())), Err(Error::CircuitOpen { .. })));
    breaker.force_closed();
    let _ = breaker.call(|| Err::<(), _>(std::io::Error::other("down")));
    let refused = breaker.try_acquire().map(drop).unwrap_err();
    assert!(refused.retry_after().is_some_and(|after| after <= Duration::from_secs(30)));
    assert_eq!((breaker.stats().rejected, breaker.stats().total_calls), (2, 3));
}

#[test]
fn a_disabled_breaker_records_nothing() {
    let breaker = breaker();
    breaker.disable();
    let _ = breaker.call(|| None::<()>);
    assert_eq!((breaker.stats().total_calls, breaker.state()), (0, CircuitState::Disabled));
}

#[test]
fn a_judge_decides_what_an_outcome_is() {
    let breaker = breaker();
    let _ = breaker.call_with(|_| Verdict::Ignored, || Err::<(), _>(Error::rate_limited("body", None)));
    assert_eq!((breaker.stats().ignored, breaker.state()), (1, CircuitState::Closed));
}

#[test]
fn the_stats_of_an_open_breaker_show_what_opened_it() {
    let breaker = CircuitBreaker::builder("shown").failure_threshold(2).build().unwrap();
    for _ in 0..2 {
        let _ = breaker.call(|| None::<()>);
    }
    let stats = breaker.stats();
    assert_eq!((stats.failure_count, stats.failure_threshold), (2, Some(2)));
    assert!(stats.opened_at.is_some() && stats.last_failure_time.is_some() && stats.retry_after.is_some());
}

#[test]
fn a_builder_says_which_value_is_wrong_and_what_is_allowed() {
    let wrong = |breaker: super::super::CircuitBreakerBuilder| breaker.build().unwrap_err().to_string();
    let builder = || CircuitBreaker::builder("b");
    assert_eq!(
        wrong(builder().failure_rate(f64::NAN)),
        "circuit_breaker `b`: `failure_rate` is NaN; it must be from 0 to 1"
    );
    assert_eq!(
        wrong(builder().failure_threshold(0)),
        "circuit_breaker `b`: `failure_threshold` is 0; it must be at least 1"
    );
    assert_eq!(
        wrong(builder().half_open_max_calls(0)),
        "circuit_breaker `b`: `half_open_max_calls` is 0; it must be at least 1"
    );
    assert!(wrong(builder().recovery_timeout(Duration::ZERO)).contains("longer than zero"));
    assert!(wrong(builder().window(10).minimum_calls(11)).contains("at most the size of the window"));
    assert!(
        wrong(builder().recovery_timeout(Duration::from_secs(30)).max_recovery_timeout(Duration::from_secs(1)))
            .contains("no shorter than `recovery_timeout`")
    );
}

#[test]
fn a_default_yields_to_what_is_given() {
    let config = |builder: super::super::CircuitBreakerBuilder| {
        let (_, config, wrong) = builder.checked();
        assert!(wrong.is_none(), "{wrong:?}");
        (config.recovery_timeout.as_secs(), config.max_recovery_timeout.as_secs(), config.window, config.minimum_calls)
    };
    let builder = || CircuitBreaker::builder("b").failure_rate(0.5);
    let calls = Window::Calls;
    assert_eq!(config(builder()), (30, 30, calls(100), 100));
    assert_eq!(config(builder().max_recovery_timeout(Duration::from_secs(5))), (5, 5, calls(100), 100));
    assert_eq!(config(builder().max_recovery_timeout(Duration::from_secs(60))), (30, 60, calls(100), 100));
    let minutes = || builder().recovery_timeout_fn(|openings| Duration::from_secs(60) * openings);
    assert_eq!(config(minutes().max_recovery_timeout(Duration::from_secs(90))).0, 60);
    assert_eq!(config(minutes().max_recovery_timeout(Duration::from_secs(5))).0, 5, "the first opening is bounded too");
    assert_eq!(config(builder().minimum_calls(250)), (30, 30, calls(250), 250));
    assert_eq!(config(builder().minimum_calls(20)), (30, 30, calls(100), 20));
}

#[test]
fn a_slow_call_rate_without_a_duration_is_refused() {
    let wrong = CircuitBreaker::builder("b").slow_call_rate(0.5).build().unwrap_err();
    assert_eq!((wrong.option(), wrong.allowed()), ("slow_call_rate", "given with `slow_call_duration`"));
}

#[cfg(feature = "test-util")]
#[test]
fn a_deadline_that_had_passed_before_the_call_blames_nobody() {
    let clock = crate::core::clock::manual();
    let breaker = breaker();
    let _spent = crate::context::deadline::enter(Limit::from_now(Duration::ZERO));
    for calls in 1..=2 {
        assert_eq!(breaker.call(|| Ok::<_, Error>(1)), Ok(1));
        drop(breaker.try_acquire().unwrap());
        let stats = breaker.stats();
        assert_eq!((stats.total_successes, stats.cancelled, stats.total_failures), (calls, calls, 0));
        clock.advance(Duration::from_secs(1));
    }
}

#[cfg(feature = "test-util")]
#[test]
fn a_future_that_is_ready_after_the_deadline_is_a_success() {
    let clock = crate::core::clock::manual();
    let breaker = breaker();
    let _deadline = crate::context::deadline::enter(Limit::from_now(Duration::from_secs(1)));
    let mut first = true;
    let body = std::future::poll_fn(|_| match std::mem::take(&mut first) {
        true => std::task::Poll::Pending,
        false => std::task::Poll::Ready(Ok::<_, Error>(1)),
    });
    let mut call = pin!(breaker.call_async(|| body));
    let mut poll = || call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll().is_pending());
    clock.advance(Duration::from_secs(1));
    assert_eq!(poll(), std::task::Poll::Ready(Ok(1)));
    assert_eq!((breaker.stats().total_successes, breaker.stats().total_failures), (1, 0));
}

#[cfg(feature = "test-util")]
#[test]
fn a_sync_body_that_comes_in_after_the_deadline_is_a_failure() {
    let clock = crate::core::clock::manual();
    let late = |limit: Duration| {
        let breaker = breaker();
        let _deadline = crate::context::deadline::enter(Limit::from_now(limit));
        let answer = breaker.call(|| {
            clock.advance(Duration::from_secs(1));
            Ok::<_, Error>(1)
        });
        assert_eq!(answer, Ok(1), "what the body returned is what the caller gets");
        breaker.stats().total_failures
    };
    assert_eq!((late(Duration::from_secs(1)), late(Duration::from_secs(2))), (1, 0));
}

#[cfg(feature = "test-util")]
#[test]
fn a_sync_call_that_had_less_than_half_of_the_limit_is_what_it_was() {
    let failures = |late: u64, outcome: std::io::Result<u32>| {
        let clock = crate::core::clock::manual();
        let breaker = breaker();
        let _deadline = crate::context::deadline::enter(Limit::from_now(Duration::from_secs(1)));
        clock.advance(Duration::from_millis(late));
        let _ = breaker.call(|| {
            clock.advance(Duration::from_secs(1));
            outcome
        });
        breaker.stats().total_failures
    };
    assert_eq!((failures(500, Ok(1)), failures(501, Ok(1))), (1, 0));
    assert_eq!(failures(501, Err(std::io::Error::other("down"))), 1, "an error stays one");
}

#[cfg(feature = "test-util")]
#[test]
fn a_permit_that_had_less_than_half_of_the_limit_is_cancelled() {
    for (late, failures) in [(500, 1), (501, 0)] {
        let clock = crate::core::clock::manual();
        let breaker = breaker();
        let _deadline = crate::context::deadline::enter(Limit::from_now(Duration::from_secs(1)));
        clock.advance(Duration::from_millis(late));
        let permit = breaker.try_acquire().unwrap();
        clock.advance(Duration::from_secs(1));
        drop(permit);
        assert_eq!((breaker.stats().total_failures, breaker.stats().cancelled), (failures, 1 - failures));
    }
}

#[cfg(feature = "test-util")]
#[test]
fn a_future_that_had_half_of_the_limit_is_to_blame_also_where_it_first_waits_later() {
    for (late, failures) in [(500, 1), (501, 0)] {
        let clock = crate::core::clock::manual();
        let breaker = breaker();
        let _deadline = crate::context::deadline::enter(Limit::from_now(Duration::from_secs(1)));
        clock.advance(Duration::from_millis(late));
        let body = std::future::poll_fn(|_| {
            clock.advance(Duration::from_millis(100));
            std::task::Poll::<Result<(), Error>>::Pending
        });
        {
            let mut call = pin!(breaker.call_async(|| body));
            assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            clock.advance(Duration::from_secs(1));
        }
        assert_eq!((breaker.stats().total_failures, breaker.stats().cancelled), (failures, 1 - failures));
    }
}

/// With the clock of production, on which a call without a rule about latencies is mostly not timed.
#[cfg(not(feature = "test-util"))]
mod production {
    use super::*;

    fn timed(breaker: &CircuitBreaker) -> u64 {
        breaker.view().tally.timed
    }

    fn builder() -> super::super::super::CircuitBreakerBuilder {
        CircuitBreaker::builder("timed").failure_rate(0.5).window(100_000).minimum_calls(100_000)
    }

    #[test]
    fn one_call_in_64_is_timed_and_with_a_rule_every_one() {
        let breaker = builder().build().unwrap();
        (0..64_000).for_each(|_| breaker.try_acquire().unwrap().success());
        assert_eq!(breaker.view().tally.calls, 64_000);
        assert!((800..1_200).contains(&timed(&breaker)), "{} of 64,000", timed(&breaker));
        let breaker = builder().slow_call_duration(Duration::from_secs(1)).build().unwrap();
        (0..640).for_each(|_| breaker.try_acquire().unwrap().success());
        assert_eq!(timed(&breaker), 640);
    }

    #[test]
    fn breakers_that_are_called_in_turn_are_timed_alike() {
        for in_turn in [2, 64, 128] {
            let breakers: Vec<_> = (0..in_turn).map(|_| builder().build().unwrap()).collect();
            for _ in 0..20_000 {
                breakers.iter().for_each(|breaker| breaker.try_acquire().unwrap().success());
            }
            let counts: Vec<_> = breakers.iter().map(timed).collect();
            assert!(counts.iter().all(|count| (200..450).contains(count)), "{counts:?} of 20,000 each");
            assert!(breakers.iter().all(|breaker| breaker.stats().average_latency > Some(Duration::ZERO)));
        }
    }

    #[test]
    fn threads_that_are_short_lived_time_each_of_their_calls_alike() {
        let breakers = [(); 4].map(|()| builder().build().unwrap());
        for _ in 0..8_000 {
            let breakers = &breakers;
            std::thread::scope(|scope| {
                scope.spawn(|| breakers.iter().for_each(|breaker| breaker.try_acquire().unwrap().success()));
            });
        }
        let counts = breakers.each_ref().map(timed);
        assert!(counts.iter().all(|count| (60..220).contains(count)), "{counts:?} of 8,000 each");
    }

    #[test]
    fn what_comes_in_after_the_deadline_is_a_failure() {
        for _ in 0..3 {
            let breaker = breaker();
            let limit = Limit::from_now(Duration::from_millis(2));
            let deadline = limit.deadline();
            let _ambient = crate::context::deadline::enter(limit);
            let _ = breaker.call(|| {
                while crate::core::clock::now() < deadline {
                    std::hint::spin_loop();
                }
                Ok::<_, Error>(1)
            });
            assert_eq!(breaker.stats().total_failures, 1);
        }
    }
}
