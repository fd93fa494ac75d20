//! The exported counters: the only place where families of breakers, and transitions, show their totals.

use metrics_util::CompositeKey;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

/// The counters, with the values of their labels.
pub struct Metrics(Vec<(String, Vec<String>, u64)>);

impl Metrics {
    pub fn read() -> Self {
        let recorder = DebuggingRecorder::new();
        ::metrics::with_local_recorder(&recorder, resilience::metrics::publish);
        let counter = |(key, _, _, value): (CompositeKey, _, _, DebugValue)| match value {
            DebugValue::Counter(count) => {
                let labels = key.key().labels().map(|label| label.value().to_owned()).collect();
                Some((key.key().name().to_owned(), labels, count))
            }
            _ => None,
        };
        Self(recorder.snapshotter().snapshot().into_vec().into_iter().filter_map(counter).collect())
    }

    /// Of the rows with this label; of all rows when it is empty.
    pub fn sum(&self, metric: &str, label: &str) -> u64 {
        self.sum_of(metric, &[label])
    }

    fn sum_of(&self, metric: &str, labels: &[&str]) -> u64 {
        let has = |all: &[String], label: &&str| label.is_empty() || all.iter().any(|other| other == label);
        let rows = self.0.iter().filter(|(name, all, _)| name == metric && labels.iter().all(|label| has(all, label)));
        rows.map(|(.., count)| count).sum()
    }

    pub fn recorded(&self, breaker: &str) -> u64 {
        ["success", "failure", "ignored"]
            .iter()
            .map(|result| self.sum_of("resilience_breaker_calls_total", &[breaker, result]))
            .sum()
    }

    pub fn rejected(&self, breaker: &str) -> u64 {
        self.sum_of("resilience_breaker_calls_total", &[breaker, "rejected"])
    }
}
