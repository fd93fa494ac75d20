//! The probes of a half-open phase, and what they come to together.

use std::time::Duration;

use super::config::Config;
use crate::core::clock::Instant;
use crate::core::opening::OpenReason;
use crate::core::probing::{self, Probe};

/// Which probes are out, and how many have succeeded and failed.
#[derive(Debug)]
pub(super) struct Probes {
    out: Vec<Held>,
    /// All that have not reported, also those that have lost their places by running too long.
    unheard: Vec<Probe>,
    successes: u32,
    failures: u32,
}

/// What the probes that have reported say together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Judgement {
    /// Too few have reported.
    Undecided,
    Close,
    Reopen(OpenReason),
}

#[derive(Debug)]
struct Held {
    id: Probe,
    started: Instant,
}

impl Probes {
    pub(super) const fn new() -> Self {
        Self { out: Vec::new(), unheard: Vec::new(), successes: 0, failures: 0 }
    }

    /// Lets one more out, if there is a place.
    pub(super) fn admit(&mut self, config: &Config, now: Instant) -> Option<Probe> {
        // A probe that never reports must not wedge the breaker.
        self.out.retain(|probe| now.since(probe.started) < config.recovery_timeout);
        if self.out.len() >= config.half_open_max_calls as usize {
            return None;
        }
        let id = probing::number();
        self.out.push(Held { id, started: now });
        self.unheard.push(id);
        Some(id)
    }

    /// Until when one of those that are out has its place.
    pub(super) fn out_until(&self, config: &Config) -> Option<Instant> {
        self.out.iter().map(|probe| probe.started.saturating_add(config.recovery_timeout)).max()
    }

    /// A probe is back: its place is free.
    pub(super) fn free(&mut self, probe: Option<Probe>) {
        self.out.retain(|held| Some(held.id) != probe);
        self.unheard.retain(|unheard| Some(*unheard) != probe);
    }

    /// When the place of the oldest of those that are out is free at the latest.
    pub(super) fn free_in(&self, config: &Config, now: Instant) -> Option<Duration> {
        let oldest = self.out.iter().map(|probe| probe.started).min()?;
        Some(config.recovery_timeout.saturating_sub(now.since(oldest)))
    }

    /// A probe has reported.
    ///
    /// As many as `success_threshold` are judged together. Failures that reach the rate are enough before all of them have
    /// reported. At a rate of 0 the first failure does, but probes that all succeed do not.
    pub(super) fn judge(&mut self, config: &Config, succeeded: bool) -> Judgement {
        *if succeeded { &mut self.successes } else { &mut self.failures } += 1;
        let threshold = config.half_open_failure_rate;
        let rate = f64::from(self.failures) / f64::from(config.success_threshold);
        if self.failures > 0 && rate >= threshold {
            Judgement::Reopen(OpenReason::probes(self.failures, config.success_threshold, threshold))
        } else if self.successes + self.failures >= config.success_threshold {
            Judgement::Close
        } else {
            Judgement::Undecided
        }
    }

    pub(super) const fn successes(&self) -> u32 {
        self.successes
    }

    pub(super) const fn failures(&self) -> u32 {
        self.failures
    }

    /// Whether one of `probes` is of this phase and has not reported.
    pub(super) fn has_any(&self, probes: &[Probe]) -> bool {
        probes.iter().any(|probe| self.unheard.contains(probe))
    }

    pub(super) fn clear(&mut self) {
        self.out.clear();
        self.unheard.clear();
        self.successes = 0;
        self.failures = 0;
    }
}
