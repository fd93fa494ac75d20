use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::context::deadline::{self, Limit};
#[cfg(feature = "test-util")]
use crate::core::clock;

#[test]
fn a_result_in_time_passes() {
    let timeout = timeout();
    assert_eq!(within(&timeout, AMPLE, || Some(7)), Ok(Some(7)));
    assert_eq!(timeout.stats().completed, 1);
}

#[test]
fn a_panic_passes_and_counts_as_completed() {
    let timeout = timeout();
    let outcome = catch_unwind(AssertUnwindSafe(|| within(&timeout, AMPLE, || -> Option<()> { panic!("boom") })));
    assert!(outcome.is_err());
    assert_eq!(timeout.stats().completed, 1);
    assert_eq!(deadline::current(), None);
}

#[cfg(feature = "test-util")]
#[test]
fn a_late_result_becomes_a_timeout_at_the_very_deadline() {
    let clock = clock::manual();
    let timeout = timeout();
    let body = |takes| {
        clock.advance(takes);
        Some(())
    };
    assert!(within(&timeout, 100 * MS, || body(99 * MS)).is_ok());
    let late = within(&timeout, 100 * MS, || body(100 * MS));
    assert_eq!(late, Err(Error::timeout(&"test".into(), 100 * MS, None)));
    let stats = timeout.stats();
    assert_eq!((stats.completed, stats.timed_out), (1, 1));
}

#[cfg(feature = "test-util")]
#[test]
fn a_late_error_of_the_body_comes_back() {
    let clock = clock::manual();
    let timeout = timeout();
    let late = timeout.call(|| {
        clock.advance(timeout.own_limit());
        Err::<(), _>(std::io::Error::other("the reason"))
    });
    assert_eq!(late.unwrap_err().to_string(), "the reason");
    let none = timeout.call(|| {
        clock.advance(timeout.own_limit());
        None::<u32>
    });
    assert_eq!(none, None);
    let stats = timeout.stats();
    assert_eq!((stats.completed, stats.timed_out), (0, 2), "the limit passed all the same");
}

#[cfg(feature = "test-util")]
#[test]
fn nested_limits_take_the_minimum() {
    let clock = clock::manual();
    let (outer, inner) = (timeout(), timeout());
    let result = within(&outer, 100 * MS, || {
        clock.advance(60 * MS);
        within(&inner, AMPLE, deadline::remaining)
    });
    assert_eq!(result, Ok(Ok(Some(40 * MS))));
}

#[cfg(feature = "test-util")]
#[test]
fn a_call_whose_deadline_has_passed_is_refused_without_running() {
    let clock = clock::manual();
    let (outer, inner) = (timeout(), timeout());
    let result = within(&outer, 100 * MS, || {
        clock.advance(100 * MS);
        within(&inner, AMPLE, || -> Option<()> { panic!("must not run") })
    });
    assert!(is_timeout(&result.unwrap()), "the inner one's refusal is an error of the outer one's body");
    assert_eq!((inner.stats().rejected, outer.stats().timed_out), (1, 1));
}

#[cfg(feature = "test-util")]
#[test]
fn a_limit_of_zero_is_taken_as_a_millisecond() {
    let clock = clock::manual();
    let timeout = Timeout::named("test");
    let remaining = within(&timeout, Duration::ZERO, || {
        clock.advance(Duration::from_micros(400));
        deadline::remaining()
    });
    assert_eq!(remaining, Ok(Some(Duration::from_micros(600))));
}

#[test]
fn a_timeout_without_a_limit_of_its_own_is_bounded_by_the_ambient_deadline_alone() {
    let timeout = Timeout::named("test");
    assert_eq!(timeout.duration(), None);
    let unbounded: Result<_, Error> = timeout.call(|| Ok(deadline::current()));
    assert_eq!(unbounded, Ok(None));
    let ambient = Limit::from_now(AMPLE);
    let _ambient = deadline::enter(ambient);
    let bounded: Result<_, Error> = timeout.call(|| Ok(deadline::current()));
    assert_eq!(bounded, Ok(Some(ambient.deadline())));
}
