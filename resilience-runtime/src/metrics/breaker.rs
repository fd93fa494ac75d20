//! The rows about circuit breakers. A family of breakers is one row: its keys come from outside and have no bound that
//! an exporter could live with.

use std::collections::BTreeMap;

use ::metrics::{SharedString, counter, gauge};

use super::describe::{
    BREAKER_CALLS, BREAKER_FAILURE_RATIO, BREAKER_MEAN_LATENCY, BREAKER_SLOW_RATIO, BREAKER_STATE,
    BREAKER_STATE_SECONDS, BREAKER_TRANSITIONS, BREAKER_WINDOW_CALLS, BREAKER_WOULD_OPEN,
};
use super::recorder::Current;
use crate::core::policy::Policy as _;
use crate::core::state::CircuitState;
use crate::core::window::Tally;
use crate::policies::circuit_breaker::{BreakerTotals, CircuitBreaker};
use crate::registry::Registry;

pub(super) fn publish(registry: &Registry, recorder: &Current) {
    // A single breaker and a family may share a name, which is a conflict, but no reason to lose one of them.
    let mut rows = BTreeMap::<String, Row>::new();
    for breaker in registry.single_circuit_breakers() {
        let row = rows.entry(breaker.name().to_owned()).or_default();
        row.add_totals(breaker.totals());
        row.add_window(&breaker);
    }
    for family in registry.keyed_circuit_breakers() {
        let row = rows.entry(family.name().to_owned()).or_default();
        row.add_totals(family.totals());
        family.instances().iter().for_each(|breaker| row.add_window(breaker));
    }
    for name in recorder.gone(registry, BREAKER_STATE, rows.keys()) {
        Row::default().publish_gauges(&name.into());
    }
    for (name, row) in rows {
        row.publish(&name.into());
    }
}

type Change = (&'static str, &'static str, &'static str);

/// All that is shown under one name.
#[derive(Debug, Default)]
struct Row {
    success: u64,
    failure: u64,
    slow: u64,
    ignored: u64,
    rejected: u64,
    seconds_in: [f64; CircuitState::ALL.len()],
    breakers_in: [u32; CircuitState::ALL.len()],
    transitions: BTreeMap<Change, u64>,
    would_open: BTreeMap<&'static str, u64>,
    window: Tally,
    /// Whether any of them has a rule about slow calls.
    looks_for_slow: bool,
}

impl Row {
    fn add_totals(&mut self, totals: BreakerTotals) {
        self.success += totals.success;
        self.failure += totals.failure;
        self.slow += totals.slow;
        self.ignored += totals.ignored;
        self.rejected += totals.rejected;
        for (all, seconds) in self.seconds_in.iter_mut().zip(totals.seconds_in) {
            *all += seconds;
        }
        for (rule, times) in totals.would_open {
            *self.would_open.entry(rule).or_default() += times;
        }
        for change in by_hand() {
            self.transitions.entry(change).or_default();
        }
        for (from, to, reason, times) in totals.transitions {
            *self.transitions.entry((from.as_str(), to.as_str(), reason)).or_default() += times;
        }
    }

    fn add_window(&mut self, breaker: &CircuitBreaker) {
        if let Some((state, tally)) = breaker.totals().window {
            self.breakers_in[state as usize] += 1;
            self.window.merge(&tally);
            self.looks_for_slow |= breaker.config().slow_call_duration.is_some();
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn publish(&self, name: &SharedString) {
        for (result, calls) in [
            ("success", self.success),
            ("failure", self.failure),
            ("slow", self.slow),
            ("ignored", self.ignored),
            ("rejected", self.rejected),
        ] {
            counter!(BREAKER_CALLS, "name" => name.clone(), "result" => result).absolute(calls);
        }
        for (index, state) in CircuitState::ALL.into_iter().enumerate() {
            let seconds = counter!(BREAKER_STATE_SECONDS, "name" => name.clone(), "state" => state.as_str());
            seconds.absolute(self.seconds_in[index] as u64);
        }
        for ((from, to, reason), times) in &self.transitions {
            let labels =
                [("name", name.clone()), ("from", (*from).into()), ("to", (*to).into()), ("reason", (*reason).into())];
            counter!(BREAKER_TRANSITIONS, &labels).absolute(*times);
        }
        for (rule, times) in &self.would_open {
            counter!(BREAKER_WOULD_OPEN, "name" => name.clone(), "reason" => *rule).absolute(*times);
        }
        self.publish_gauges(name);
    }

    #[allow(clippy::cast_precision_loss)]
    fn publish_gauges(&self, name: &SharedString) {
        for (state, breakers) in CircuitState::ALL.into_iter().zip(self.breakers_in) {
            gauge!(BREAKER_STATE, "name" => name.clone(), "state" => state.as_str()).set(breakers);
        }
        gauge!(BREAKER_FAILURE_RATIO, "name" => name.clone()).set(self.window.failure_rate());
        let slow = self.looks_for_slow.then(|| self.window.slow_rate());
        gauge!(BREAKER_SLOW_RATIO, "name" => name.clone()).set(slow.unwrap_or(f64::NAN));
        gauge!(BREAKER_WINDOW_CALLS, "name" => name.clone()).set(self.window.calls as f64);
        let mean = self.window.mean_latency().map(|mean| mean.as_secs_f64());
        gauge!(BREAKER_MEAN_LATENCY, "name" => name.clone()).set(mean.unwrap_or(f64::NAN));
    }
}

/// The transitions an operator can make. A breaker lists those it makes by itself.
fn by_hand() -> impl Iterator<Item = Change> {
    let all = CircuitState::ALL.into_iter();
    let pairs = all.clone().flat_map(move |from| all.clone().map(move |to| (from, to)));
    pairs.filter(|(from, to)| from != to).map(|(from, to)| (from.as_str(), to.as_str(), "manual"))
}
