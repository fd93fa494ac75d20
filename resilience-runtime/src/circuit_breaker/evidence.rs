//! What the rules look at, and which of them is broken.

use std::collections::VecDeque;

use super::config::Config;
use super::reason::Reason;
use crate::clock::Instant;
use crate::window::{History, Sample, Successes, Tally, Window};

/// What was recorded since the last transition.
#[derive(Debug)]
pub(super) struct Evidence {
    consecutive: u32,
    recent_failures: VecDeque<Instant>,
    history: History,
}

impl Evidence {
    pub(super) fn new(config: &Config) -> Self {
        Self { consecutive: 0, recent_failures: VecDeque::new(), history: History::new(config.window) }
    }

    /// Takes in a finished call.
    pub(super) fn push(&mut self, config: &Config, now: Instant, sample: Sample) {
        self.history.push(now, sample);
        if !sample.failed {
            self.consecutive = 0;
            return;
        }
        self.consecutive = self.consecutive.saturating_add(1);
        if let (Some(threshold), Some(_)) = (config.failure_threshold, config.failure_window) {
            if self.recent_failures.len() >= threshold as usize {
                self.recent_failures.pop_front();
            }
            self.recent_failures.push_back(now);
        }
    }

    /// Takes in successes that were only counted.
    pub(super) fn push_successes(&mut self, at: Instant, successes: Successes) {
        self.consecutive = 0;
        self.history.push_successes(at, successes);
    }

    pub(super) fn clear(&mut self) {
        self.consecutive = 0;
        self.recent_failures.clear();
        self.history.clear();
    }

    /// The rule that is broken.
    pub(super) fn broken_rule(&mut self, config: &Config, now: Instant) -> Option<Reason> {
        let tally = self.history.tally(now);
        if config.failure_threshold.is_some_and(|threshold| self.failure_count(config, now) >= threshold) {
            let in_time = config.failure_window.is_some();
            return Some(if in_time { Reason::FailureWindow } else { Reason::Consecutive });
        }
        if tally.calls < u64::from(config.minimum_calls) {
            return None;
        }
        // At a rate of 0 every failure trips, but a window of pure success does not.
        if config.failure_rate.is_some_and(|rate| tally.failures > 0 && tally.failure_rate() >= rate) {
            return Some(Reason::FailureRate);
        }
        if config.slow_call_duration.is_some() && tally.slow > 0 && tally.slow_rate() >= config.slow_call_rate {
            return Some(Reason::SlowRate);
        }
        config.max_average_latency.filter(|limit| tally.mean_latency() > *limit).map(|_| Reason::MeanLatency)
    }

    /// Whether a success can trip no rule.
    ///
    /// It ends a run of failures and pushes the oldest call out of a window of calls. A rate that was looked at when the
    /// last failure came in cannot rise by that, unless this success is the one that completes `minimum_calls`. In a
    /// window of time, successes may have expired since.
    pub(super) fn is_quiet(&mut self, config: &Config, now: Instant) -> bool {
        !config.needs_latency()
            && (config.failure_rate.is_none() || {
                let tally = self.history.tally(now);
                let judged =
                    matches!(config.window, Window::Calls(_)) && tally.calls >= u64::from(config.minimum_calls);
                tally.failures == 0 || judged
            })
    }

    /// The failures that count towards the threshold; without one, the failures in the window.
    pub(super) fn failure_count(&mut self, config: &Config, now: Instant) -> u32 {
        match (config.failure_threshold, config.failure_window) {
            (Some(_), Some(length)) => {
                while self.recent_failures.front().is_some_and(|oldest| now.since(*oldest) >= length) {
                    self.recent_failures.pop_front();
                }
                u32::try_from(self.recent_failures.len()).unwrap_or(u32::MAX)
            }
            (Some(_), None) => self.consecutive,
            (None, _) => u32::try_from(self.history.tally(now).failures).unwrap_or(u32::MAX),
        }
    }

    pub(super) fn tally(&mut self, now: Instant) -> Tally {
        self.history.tally(now)
    }

    /// The slot of a window of time in which `now` lies.
    pub(super) fn slot(&self, now: Instant) -> Option<(Instant, Instant)> {
        self.history.slot(now)
    }
}
