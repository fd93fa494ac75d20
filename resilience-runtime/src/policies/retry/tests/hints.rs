//! Hints: a lower bound, spread, and not obeyed whatever they ask for.

use super::*;

fn all_jitters() -> [Jitter; 5] {
    [Jitter::Full, Jitter::Equal, Jitter::None, Jitter::Fraction(0.5), Jitter::Symmetric(0.5)]
}

#[test]
fn a_thousand_callers_who_are_told_one_time_do_not_come_back_as_one() {
    let mut chance = fastrand::Rng::with_seed(7);
    let told = 20 * SECOND;
    for jitter in all_jitters() {
        for cause in [Cause::Failed(told), Cause::Open(told)] {
            let config = config(Retry::builder("test").jitter(jitter));
            let mut slots = [0; 10];
            for _ in 0..1000 {
                let wait = schedule::next(&config, &progress(1), cause, || None, START, || chance.f64()).unwrap();
                let on_top = wait.delay.checked_sub(told).expect("it is a lower bound");
                slots[(on_top.as_secs_f64() / 0.2) as usize] += 1;
            }
            assert!(slots.iter().all(|callers| (60..140).contains(callers)), "{jitter:?}: {slots:?}");
        }
    }
}

#[test]
fn a_hint_is_obeyed_up_to_a_minute_unless_said_otherwise() {
    let year = 365 * 86_400 * SECOND;
    let cases = [
        (config(steady(3)), 60 * SECOND, 60 * SECOND + Duration::from_nanos(1)),
        (config(steady(3).max_hint(SECOND)), SECOND, year),
        (config(steady(3).max_hint(year)), year, Duration::MAX),
        (config(steady(3).max_hint(Duration::MAX)), Duration::MAX, Duration::MAX),
    ];
    for (config, obeyed, too_long) in cases {
        let due = next(&config, progress(1), obeyed).expect("it is obeyed");
        assert!(due >= obeyed, "{due:?}");
        if too_long > config.max_hint {
            assert_eq!(next(&config, progress(1), too_long), Err(End::MaxDuration));
        }
    }
}

#[test]
fn a_hint_that_is_too_long_ends_the_call_whoever_gives_it() {
    let long = Some(61 * SECOND);
    let retry = steady(3).retry_on_open(true).build().unwrap();
    assert_eq!(retry.start().again_after(61 * SECOND), Step::Done);
    assert_eq!(retry.start().after_refusal(&Error::rate_limited("inner", long)), Step::Done);
    assert_eq!(retry.start().after_refusal(&Error::circuit_open("inner", Span::maybe(long))), Step::Done);
    assert_eq!((retry.stats().max_duration_reached, retry.stats().backoff), (3, Duration::ZERO));
}

#[test]
fn a_longer_delay_of_the_strategy_is_not_prolonged() {
    let config = config(steady(3).base_delay(5 * SECOND));
    assert_eq!(next(&config, progress(1), 2 * SECOND), Ok(5 * SECOND));
}

#[test]
fn a_hint_is_waited_for_although_there_is_no_delay() {
    let at_once = config(steady(3).base_delay(Duration::ZERO));
    assert_eq!(next(&at_once, progress(1), Duration::ZERO), Ok(Duration::ZERO));
    assert_eq!(next(&at_once, progress(1), 20 * SECOND), Ok(21 * SECOND));
}
