//! Opened by hand, also where it was open already.

use std::time::Duration;

use super::super::CircuitBreaker;
use crate::core::error::{CircuitOpen, Error};

fn refusal(breaker: &CircuitBreaker) -> CircuitOpen {
    match breaker.try_acquire() {
        Err(Error::CircuitOpen(open)) => open,
        other => panic!("{other:?}"),
    }
}

/// One whose name is fixed, and one whose name is made at run time: their refusals know why in different ways.
fn opened() -> [CircuitBreaker; 2] {
    let built = ["hand".into(), crate::core::name::Name::from("hand".to_owned())].map(CircuitBreaker::builder);
    built.map(|builder| {
        let breaker = builder.failure_threshold(1).build().unwrap();
        breaker.try_acquire().unwrap().failure_with(&"down");
        breaker
    })
}

#[test]
fn by_hand_an_open_breaker_is_opened_anew() {
    let hands: [fn(&CircuitBreaker); 3] =
        [CircuitBreaker::open, |breaker| breaker.open_for(Duration::from_secs(3600)), CircuitBreaker::force_open];
    for hand in hands {
        for breaker in opened() {
            let earlier = refusal(&breaker);
            assert_eq!(breaker.stats().last_error.as_deref(), Some("down"));
            hand(&breaker);
            let (stats, refused) = (breaker.stats(), refusal(&breaker));
            let reason = stats.reason.unwrap();
            assert_eq!((reason.observed(), reason.threshold()), (None, None), "there was nothing to compare");
            let expected = serde_json::json!({"rule": "manual", "observed": null, "threshold": null});
            assert_eq!(serde_json::to_value(reason).unwrap(), expected);
            assert_eq!((stats.reason.unwrap().rule(), stats.last_error), ("manual", None));
            assert_eq!((refused.reason().unwrap().rule(), refused.last_error()), ("manual", None));
            assert_eq!(earlier.reason().unwrap().rule(), "consecutive", "who was refused before still knows why");
        }
    }
}

#[test]
fn a_half_open_breaker_keeps_why_it_was_opened() {
    for breaker in opened() {
        for _ in 0..2 {
            breaker.half_open();
            let probe = breaker.try_acquire().unwrap();
            assert_eq!(refusal(&breaker).reason().unwrap().rule(), "consecutive");
            drop(probe);
        }
    }
}

#[test]
fn the_time_it_is_open_is_replaced_also_by_a_shorter_one() {
    for breaker in opened() {
        breaker.open_for(Duration::from_secs(3600));
        breaker.open_for(Duration::from_secs(5));
        assert!(breaker.stats().retry_after.unwrap() <= Duration::from_secs(5));
    }
}

#[test]
fn a_time_beyond_all_clocks_is_cut_to_a_hundred_years() {
    let years = Duration::from_secs(100 * 365 * 86_400);
    for breaker in opened() {
        breaker.open_for(Duration::MAX);
        let refused = Error::CircuitOpen(refusal(&breaker)).retry_after().unwrap();
        let stats = breaker.stats();
        let json = serde_json::to_value(&stats).unwrap()["retry_after_seconds"].as_f64().unwrap();
        let shown = [refused, stats.retry_after.unwrap(), Duration::from_secs_f64(json)];
        for wait in shown {
            assert!((years - Duration::from_secs(60)..=years).contains(&wait), "{shown:?}");
        }
    }
}
