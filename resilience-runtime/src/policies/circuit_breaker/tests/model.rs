//! The machine and the breaker play random scripts beside the naive model.

use std::time::Duration;

use proptest::prelude::*;

use super::super::builder::CircuitBreakerBuilder;
use super::super::config::Config;
use super::super::machine::{Admission, Machine, Ticket};
use super::super::reason::Effect;
#[cfg(feature = "test-util")]
use super::super::{CircuitBreaker, Permit};
#[cfg(feature = "test-util")]
use super::naive::millis;
use super::naive::{Call, Model};
use crate::core::clock::Instant;
use crate::core::outcome::Verdict;
use crate::core::state::CircuitState;
use crate::core::window::Window;

/// One step of a script. Times are in milliseconds; `Finish` and `Drop` pick among the calls under way.
#[derive(Debug, Clone)]
enum Op {
    Start,
    Finish { pick: usize, verdict: Verdict, took: u64 },
    Drop { pick: usize, took: u64 },
    Pass { millis: u64 },
    Force(CircuitState),
    Open { millis: Option<u64> },
}

const START: u64 = 86_400_000_000_000;

fn at(millis: u64) -> Instant {
    Instant::from_nanos(START + millis * 1_000_000)
}

fn verdicts() -> impl Strategy<Value = Verdict> {
    prop_oneof![4 => Just(Verdict::Failure), 5 => Just(Verdict::Success), 1 => Just(Verdict::Ignored)]
}

fn ops() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => Just(Op::Start),
        8 => (0..4_usize, verdicts(), 0..60_u64).prop_map(|(pick, verdict, took)| Op::Finish { pick, verdict, took }),
        2 => (0..4_usize, 0..60_u64).prop_map(|(pick, took)| Op::Drop { pick, took }),
        3 => prop_oneof![0..20_u64, 90..110_u64].prop_map(|millis| Op::Pass { millis }),
        1 => prop::sample::select(CircuitState::ALL.as_slice())
            .prop_filter("that is `Open`", |to| *to != CircuitState::Open)
            .prop_map(Op::Force),
        1 => prop::option::of(0..100_u64).prop_map(|millis| Op::Open { millis }),
    ]
}

fn configs() -> impl Strategy<Value = Config> {
    let maybe = |millis: std::ops::Range<u64>| prop::option::of(millis.prop_map(Duration::from_millis));
    let rules = (
        prop::option::of(1..4_u32),
        maybe(1..200),
        prop::option::of(prop::sample::select(&[0.0, 0.07, 0.25, 0.5, 1.0][..])),
        prop_oneof![
            (1..12_u32).prop_map(Window::Calls),
            (10..300_u64).prop_map(|m| Window::Time(Duration::from_millis(m)))
        ],
        1..6_u32,
        maybe(1..50),
        prop::option::of(prop::sample::select(&[0.25, 0.5, 1.0][..])),
        maybe(1..50),
    );
    let rates = prop::sample::select(&[0.0, 0.0, 0.25, 0.5, 1.0][..]);
    let recovery = (1..100_u64, 0..300_u64, 1..4_u32, 1..6_u32, rates, prop::bool::weighted(0.3));
    (rules, recovery).prop_map(|(rules, (recover, grow, probes, successes, probe_rate, is_function))| {
        let (threshold, failure_window, rate, window, minimum, slow, slow_rate, latency) = rules;
        let mut builder = CircuitBreakerBuilder::new("model".into())
            .window(window)
            .minimum_calls(minimum)
            .recovery_timeout(Duration::from_millis(recover))
            .max_recovery_timeout(Duration::from_millis(recover + grow))
            .half_open_max_calls(probes)
            .half_open_failure_rate(probe_rate)
            .success_threshold(successes);
        if is_function {
            // Above what `recovery_timeout` says, which it replaces, and not below the bound.
            builder = builder.recovery_timeout_fn(|openings| Duration::from_millis(7 * u64::from(openings)));
            builder = builder.max_recovery_timeout(Duration::from_millis(7 + grow));
        }
        builder = threshold.into_iter().fold(builder, CircuitBreakerBuilder::failure_threshold);
        builder = failure_window.into_iter().fold(builder, CircuitBreakerBuilder::failure_window);
        builder = rate.into_iter().fold(builder, CircuitBreakerBuilder::failure_rate);
        builder = slow.into_iter().fold(builder, CircuitBreakerBuilder::slow_call_duration);
        builder = slow_rate.into_iter().fold(builder, CircuitBreakerBuilder::slow_call_rate);
        builder = latency.into_iter().fold(builder, CircuitBreakerBuilder::max_average_latency);
        builder.checked().1
    })
}

fn take<T>(from: &mut Vec<T>, pick: usize) -> Option<T> {
    (!from.is_empty()).then(|| from.swap_remove(pick % from.len()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn the_machine_does_what_the_naive_model_does(
        config in configs(),
        script in prop::collection::vec(ops(), 1..120),
    ) {
        let mut now = 0;
        let mut machine = Machine::new(&config, at(now));
        let mut model = Model::new(config.clone(), at(0));
        let mut under_way: Vec<(Ticket, Call)> = Vec::new();
        let mut told: Vec<Effect> = Vec::new();
        for op in script {
            let effect = match op {
                Op::Start => {
                    let (admission, change) = machine.admit(&config, at(now), &[]);
                    match (admission, model.start(now)) {
                        (Admission::Pass(ticket), Ok(call)) => under_way.push((ticket, call)),
                        (Admission::Refuse { retry_after }, Err(wait)) => {
                            prop_assert_eq!(retry_after, wait.map(Duration::from_millis));
                        }
                        (real, naive) => prop_assert!(false, "machine {real:?}, model {naive:?}"),
                    }
                    change.map(Effect::Changed)
                }
                Op::Finish { pick, verdict, took } => {
                    take(&mut under_way, pick).and_then(|(ticket, call)| {
                        model.finish(now, call, verdict, took);
                        machine.record(&config, at(now), ticket, verdict, Some(Duration::from_millis(took)))
                    })
                }
                Op::Drop { pick, took } => {
                    take(&mut under_way, pick).and_then(|(ticket, call)| {
                        model.give_up(now, call, took);
                        machine.cancel(&config, at(now), ticket, Some(Duration::from_millis(took)))
                    })
                }
                Op::Pass { millis } => {
                    now += millis;
                    None
                }
                Op::Force(to) => {
                    model.force(to, now);
                    Some(Effect::Changed(machine.force(&config, to, at(now))))
                }
                Op::Open { millis } => {
                    model.open(millis, now);
                    let length = millis.map(Duration::from_millis);
                    Some(Effect::Changed(machine.force_open_for(&config, length, at(now))))
                }
            };
            told.extend(effect.filter(Effect::is_news));
            prop_assert_eq!(&told, &model.told);
            // As the breaker does, which asks the function outside of the lock.
            if let Some(recovery) = &config.recovery {
                machine.prepare(machine.streak(), recovery.length(machine.streak() + 1));
            }
            prop_assert_eq!(machine.state_at(at(now)), model.look(now));
            let view = machine.view(&config, at(now));
            if matches!(model.state, CircuitState::Closed | CircuitState::MetricsOnly) {
                let window = model.window(now);
                prop_assert_eq!(view.tally.calls, window.len() as u64);
                prop_assert_eq!(view.tally.failures, window.iter().filter(|done| done.failed).count() as u64);
            }
        }
    }

    /// The same through its doors, with permits that measure time themselves. Nobody looks between two steps unless the
    /// script says so: what was only counted must be taken in when it matters.
    #[cfg(feature = "test-util")]
    #[test]
    fn the_breaker_does_what_the_naive_model_does(
        config in configs(),
        script in prop::collection::vec((ops(), prop::bool::weighted(0.3)), 1..120),
    ) {
        let clock = crate::core::clock::manual();
        let start = crate::core::clock::now();
        let elapsed = || millis(crate::core::clock::now().since(start));
        let breaker = CircuitBreaker::new("model".into(), config.clone());
        let mut model = Model::new(config.clone(), start);
        let mut under_way: Vec<(Permit<'static>, Call)> = Vec::new();
        for (op, look) in script {
            match op {
                Op::Start => match (breaker.try_acquire_owned(), model.start(elapsed())) {
                    (Ok(permit), Ok(call)) => under_way.push((permit, call)),
                    (Err(refusal), Err(wait)) => {
                        prop_assert_eq!(refusal.retry_after(), wait.map(Duration::from_millis));
                    }
                    (real, naive) => prop_assert!(false, "breaker {real:?}, model {naive:?}"),
                },
                Op::Finish { pick, verdict, .. } => {
                    if let Some((permit, call)) = take(&mut under_way, pick) {
                        permit.report(verdict);
                        model.finish(elapsed(), call, verdict, elapsed() - call.started);
                    }
                }
                Op::Drop { pick, .. } => {
                    if let Some((permit, call)) = take(&mut under_way, pick) {
                        drop(permit);
                        model.give_up(elapsed(), call, elapsed() - call.started);
                    }
                }
                Op::Pass { millis } => clock.advance(Duration::from_millis(millis)),
                Op::Force(to) => {
                    breaker.force(to);
                    model.force(to, elapsed());
                }
                Op::Open { millis } => {
                    breaker.open_by_hand(millis.map(Duration::from_millis));
                    model.open(millis, elapsed());
                }
            }
            if look {
                prop_assert_eq!(breaker.state(), model.look(elapsed()));
                let tally = breaker.view().tally;
                if matches!(model.state, CircuitState::Closed | CircuitState::MetricsOnly) {
                    let window = model.window(elapsed());
                    prop_assert_eq!(tally.calls, window.len() as u64);
                    prop_assert_eq!(tally.failures, window.iter().filter(|done| done.failed).count() as u64);
                }
            }
        }
        prop_assert_eq!(breaker.state(), model.look(elapsed()));
    }
}
