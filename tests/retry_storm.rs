//! Retry storms in virtual time: the claims of the example `retry_storm`, on fewer runs.

#![allow(unreachable_pub, reason = "the example's modules, as they are")]

#[path = "../examples/retry_storm/storm/mod.rs"]
mod storm;

use storm::amplification::{self, CLIENTS, PROBABILITIES};
use storm::collapse::{self, BASE_LOAD, Curve, PLANS};
use storm::contention::{self, BACKOFFS};

const SEED: u64 = 42;
/// The long overload lasts from second 20 to this one.
const END: usize = 60;

fn overloaded(plan: &str, runs: u32) -> Curve {
    let plan = PLANS.iter().find(|it| it.name == plan).expect("there is such a plan");
    collapse::run(plan, END - collapse::BEGIN, runs, SEED)
}

#[test]
fn jitter_alone_never_comes_back_from_a_long_overload() {
    for plan in ["immediate", "backoff + jitter"] {
        let curve = overloaded(plan, 3);
        assert_eq!(curve.between(END, collapse::SECONDS), 0.0, "{plan}");
        assert!(curve.between(0, collapse::BEGIN) > 0.8 * BASE_LOAD, "{plan} before the overload");
    }
}

#[test]
fn budget_and_breaker_come_back_within_twenty_seconds_and_serve_meanwhile() {
    let curve = overloaded("all", 10);
    let back = curve.back_after(END);
    assert!(back.is_some_and(|seconds| seconds <= 20), "back after {back:?} s: {:?}", curve.goodput);
    // The first collapse is over by then; what is served is the breaker's doing.
    let served = curve.between(30, END);
    assert!(served > 0.25 * BASE_LOAD, "{served} per second during the overload");
    assert!(curve.between(END + 20, collapse::SECONDS) >= 0.95 * BASE_LOAD);
}

#[test]
fn every_protection_survives_a_short_spike() {
    for plan in &PLANS[3..] {
        let curve = collapse::run(plan, 5, 3, SEED);
        assert!(curve.between(END, collapse::SECONDS) >= 0.95 * BASE_LOAD, "{}", plan.name);
    }
}

#[test]
fn amplification_is_as_computed_and_a_budget_bounds_it() {
    assert_eq!(CLIENTS, 100);
    for p in PROBABILITIES {
        let ours = amplification::run(p, false, 20, SEED);
        let expected = amplification::expected(p);
        assert!((ours.success - expected.success).abs() <= 2.0, "p {p}: success {}", ours.success);
        // Two points of 100; at 400 % the noise of twenty seconds is larger than that of one request per call.
        assert!((ours.load - expected.load).abs() <= 2.0, "p {p}: load {}", ours.load);
        let budgeted = amplification::run(p, true, 20, SEED);
        assert!(budgeted.load <= 122.0, "p {p}: load {} with a budget", budgeted.load);
    }
}

#[test]
fn contention_takes_as_many_writes_as_published() {
    assert_eq!(contention::CLIENTS, 100);
    for backoff in &BACKOFFS {
        let ours = contention::run(backoff, 10, SEED);
        let off = ours.writes / backoff.expected - 1.0;
        assert!(off.abs() <= 0.05, "{}: {} writes, {} expected", backoff.name, ours.writes, backoff.expected);
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let [one, two, other] = [SEED, SEED, SEED + 1].map(|seed| storm::report(seed, 1));
    assert_eq!(one.text, two.text);
    assert!(one.svg == two.svg);
    assert!(one.text != other.text && one.svg != other.svg);
}
