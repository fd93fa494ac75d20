//! What the rules look at, and which of them is broken.

use std::collections::VecDeque;

use super::config::{Config, MAX_COUNT};
use crate::core::clock::Instant;
use crate::core::opening::{OpenReason, Rule};
use crate::core::window::{History, Sample, Successes, Tally, Window};

/// What was recorded since the last transition.
#[derive(Debug)]
pub(super) struct Evidence {
    consecutive: u32,
    recent_failures: VecDeque<Instant>,
    history: History,
    /// The rule that is broken by what a reader has taken in.
    broken: Option<OpenReason>,
}

impl Evidence {
    pub(super) fn new(config: &Config) -> Self {
        Self { consecutive: 0, recent_failures: VecDeque::new(), history: History::new(config.window), broken: None }
    }

    /// Takes in a finished call. Returns the rule that it breaks.
    ///
    /// The rules are looked at when a call comes in that failed or took too long, and when `minimum_calls` is completed.
    pub(super) fn push(&mut self, config: &Config, now: Instant, sample: Sample) -> Option<OpenReason> {
        let completes = self.history.tally(now).calls < u64::from(config.minimum_calls);
        self.remember(config, now, sample);
        let is_judged = sample.failed || config.is_long(sample.latency) || completes;
        is_judged.then(|| self.broken_rule(config, now)).flatten()
    }

    fn remember(&mut self, config: &Config, now: Instant, sample: Sample) {
        self.history.push(now, sample);
        if !sample.failed {
            self.consecutive = 0;
            return;
        }
        self.consecutive = self.consecutive.saturating_add(1);
        if config.failure_threshold.is_some() && config.failure_window.is_some() {
            // In a dry run there are more than open.
            if self.recent_failures.len() >= MAX_COUNT as usize {
                self.recent_failures.pop_front();
            }
            self.recent_failures.push_back(now);
        }
    }

    /// Takes in a slow call that its caller has given up. It is neither success nor failure, so a run of failures goes on.
    /// Returns the rule that it breaks.
    pub(super) fn push_cancelled(&mut self, config: &Config, now: Instant, sample: Sample) -> Option<OpenReason> {
        self.history.push(now, sample);
        self.broken_rule(config, now)
    }

    /// Takes in successes that were only counted, each lot with about when.
    ///
    /// One that was counted while a failure was being judged may complete `minimum_calls`: neither has seen the other, so
    /// that the rules are looked at here. What has slid out of a window of time since then is still in it. A reader takes
    /// them in as well, and must change nothing: the rule that is broken waits for [`absorbed`](Self::absorbed).
    pub(super) fn absorb(&mut self, config: &Config, counted: impl Iterator<Item = (Successes, Instant)>) {
        let minimum = u64::from(config.minimum_calls);
        let before = self.history.sum().calls;
        for (successes, at) in counted.filter(|(successes, _)| successes.calls > 0) {
            self.consecutive = 0;
            self.history.push_successes(at, successes);
        }
        let sum = self.history.sum();
        if before < minimum && sum.calls >= minimum {
            self.broken = broken_rate(config, &sum);
        }
    }

    /// The rule that is broken by what was taken in meanwhile.
    pub(super) const fn absorbed(&mut self) -> Option<OpenReason> {
        self.broken.take()
    }

    pub(super) fn clear(&mut self) {
        self.consecutive = 0;
        self.recent_failures.clear();
        self.history.clear();
        self.broken = None;
    }

    /// The rule that is broken.
    pub(super) fn broken_rule(&mut self, config: &Config, now: Instant) -> Option<OpenReason> {
        let tally = self.history.tally(now);
        let failures = self.failure_count(config, now);
        if let Some(threshold) = config.failure_threshold.filter(|threshold| failures >= *threshold) {
            let rule = if config.failure_window.is_some() { Rule::FailureWindow } else { Rule::Consecutive };
            return Some(OpenReason::counted(rule, failures, threshold));
        }
        (tally.calls >= u64::from(config.minimum_calls)).then(|| broken_rate(config, &tally)).flatten()
    }

    /// Whether a success that takes no longer than it may can trip no rule.
    ///
    /// It ends a run of failures, and can raise no rate. What is left is the success that completes `minimum_calls`: it
    /// trips what is broken then. A mean over a window of calls needs to know the latency of each of them.
    pub(super) fn is_quiet(&mut self, config: &Config, now: Instant) -> bool {
        let needs_each = config.max_average_latency.is_some() && matches!(config.window, Window::Calls(_));
        let minimum = u64::from(config.minimum_calls);
        !needs_each && {
            let tally = self.history.tally(now);
            tally.calls >= minimum || broken_rate(config, &Tally { calls: minimum, ..tally }).is_none()
        }
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

/// The rate or latency that is beyond its limit.
fn broken_rate(config: &Config, tally: &Tally) -> Option<OpenReason> {
    let broken = |rule, observed, threshold| Some(OpenReason::compared(rule, observed, threshold));
    // At a rate of 0 every failure trips, but a window of pure success does not.
    if let Some(rate) = config.failure_rate.filter(|rate| tally.failures > 0 && tally.failure_rate() >= *rate) {
        return broken(Rule::FailureRate, tally.failure_rate(), rate);
    }
    if config.slow_call_duration.is_some() && tally.slow > 0 && tally.slow_rate() >= config.slow_call_rate {
        return broken(Rule::SlowRate, tally.slow_rate(), config.slow_call_rate);
    }
    let (limit, mean) = config.max_average_latency.zip(tally.mean_latency()).filter(|(limit, mean)| mean > limit)?;
    broken(Rule::MeanLatency, mean.as_secs_f64(), limit.as_secs_f64())
}
