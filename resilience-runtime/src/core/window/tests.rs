//! Windows by themselves: what slides out, and where bulk goes.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// A time on the clock, in milliseconds after a whole number of windows.
fn at(millis: u64) -> Instant {
    Instant::from_nanos(1_000_000_000_000 + millis * 1_000_000)
}

fn timed(latency: Duration) -> Sample {
    Sample { failed: false, slow: false, latency: Some(latency) }
}

const UNTIMED: Sample = Sample { failed: false, slow: false, latency: None };

fn bulk(calls: u64, timed: u64, latency: Duration) -> Successes {
    Successes { calls, timed, latency }
}

#[test]
fn the_mean_is_that_of_the_timed_calls_in_the_window() {
    let mut window = History::new(Window::Calls(2));
    for seconds in [1, 3, 5] {
        window.push(at(0), timed(seconds * SECOND));
    }
    assert_eq!((window.tally(at(0)).timed, window.tally(at(0)).mean_latency()), (2, Some(4 * SECOND)));
    window.push(at(0), UNTIMED);
    assert_eq!((window.tally(at(0)).timed, window.tally(at(0)).mean_latency()), (1, Some(5 * SECOND)));
    window.push(at(0), UNTIMED);
    assert_eq!((window.tally(at(0)).timed, window.tally(at(0)).mean_latency()), (0, None));
}

#[test]
fn a_rate_is_a_share_of_all_calls() {
    let mut window = History::new(Window::Calls(4));
    window.push(at(0), Sample { failed: true, slow: true, latency: None });
    (0..3).for_each(|_| window.push(at(0), UNTIMED));
    let tally = window.tally(at(0));
    assert_eq!((tally.failure_rate(), tally.slow_rate()), (0.25, 0.25));
    assert_eq!((Tally::default().failure_rate(), Tally::default().slow_rate()), (0.0, 0.0));
}

#[test]
fn bulk_fills_a_window_of_calls_and_no_more() {
    let mut window = History::new(Window::Calls(3));
    window.push(at(0), Sample { failed: true, slow: false, latency: None });
    window.push_successes(at(0), bulk(2, 1, 2 * SECOND));
    let tally = window.tally(at(0));
    assert_eq!((tally.calls, tally.failures, tally.timed, tally.mean_latency()), (3, 1, 1, Some(2 * SECOND)));
    window.push_successes(at(0), bulk(1_000_000, 4, 4 * SECOND));
    let tally = window.tally(at(0));
    assert_eq!((tally.calls, tally.failures, tally.timed, tally.mean_latency()), (3, 0, 3, Some(SECOND)));
}

#[test]
fn bulk_goes_to_the_slot_it_was_counted_in() {
    let mut window = History::new(Window::Time(10 * SECOND));
    window.push(at(8_000), timed(SECOND));
    window.push_successes(at(5_000), bulk(3, 1, 3 * SECOND));
    window.push_successes(at(5_999), bulk(1, 0, Duration::ZERO));
    window.push_successes(at(6_000), bulk(2, 1, 2 * SECOND));
    let seen = |window: &mut History, now: u64| {
        let tally = window.tally(at(now));
        (tally.calls, tally.timed, tally.mean_latency())
    };
    assert_eq!(seen(&mut window, 8_500), (7, 3, Some(2 * SECOND)));
    assert_eq!(seen(&mut window, 14_999), (7, 3, Some(2 * SECOND)));
    assert_eq!(seen(&mut window, 15_000), (3, 2, Some(1_500 * SECOND / 1_000)));
    assert_eq!(seen(&mut window, 16_000), (1, 1, Some(SECOND)));
    assert_eq!(seen(&mut window, 18_000), (0, 0, None));
}

#[test]
fn a_call_that_comes_late_counts_in_the_newest_slot() {
    let mut window = History::new(Window::Time(10 * SECOND));
    window.push(at(6_000), UNTIMED);
    window.push(at(5_000), UNTIMED);
    window.push(at(6_500), UNTIMED);
    assert_eq!(window.tally(at(15_999)).calls, 3);
    assert_eq!(window.tally(at(16_000)).calls, 0);
}

#[test]
fn a_slot_is_a_tenth_of_the_window() {
    let window = History::new(Window::Time(10 * SECOND));
    assert_eq!(window.slot(at(5_700)), Some((at(5_000), at(6_000))));
    assert_eq!(window.slot(at(6_000)), Some((at(6_000), at(7_000))));
    assert_eq!(History::new(Window::Calls(10)).slot(at(0)), None);
}

#[test]
fn what_is_cleared_is_empty() {
    for length in [Window::Calls(3), Window::Time(10 * SECOND)] {
        let mut window = History::new(length);
        window.push(at(0), timed(SECOND));
        window.clear();
        assert_eq!(window.tally(at(0)), Tally::default());
        window.push(at(0), UNTIMED);
        assert_eq!(window.tally(at(0)).calls, 1);
    }
}
