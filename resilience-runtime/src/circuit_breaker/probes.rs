//! The probes of a half-open phase.

use std::num::NonZeroU64;

use super::config::Config;
use crate::clock::Instant;

/// Which probes are out, and how many have succeeded.
#[derive(Debug)]
pub(super) struct Probes {
    out: Vec<Probe>,
    next: NonZeroU64,
    successes: u32,
}

#[derive(Debug)]
struct Probe {
    id: NonZeroU64,
    started: Instant,
}

impl Probes {
    pub(super) const fn new() -> Self {
        Self { out: Vec::new(), next: NonZeroU64::MIN, successes: 0 }
    }

    /// Lets one more out, if there is a place.
    pub(super) fn admit(&mut self, config: &Config, now: Instant) -> Option<NonZeroU64> {
        // A probe that never reports must not wedge the breaker.
        self.out.retain(|probe| now.since(probe.started) < config.recovery_timeout);
        if self.out.len() >= config.half_open_max_calls as usize {
            return None;
        }
        let id = self.next;
        self.next = id.saturating_add(1);
        self.out.push(Probe { id, started: now });
        Some(id)
    }

    /// Until when one of those that are out has its place.
    pub(super) fn out_until(&self, config: &Config) -> Option<Instant> {
        self.out.iter().map(|probe| probe.started.saturating_add(config.recovery_timeout)).max()
    }

    /// A probe is back: its place is free.
    pub(super) fn free(&mut self, probe: Option<NonZeroU64>) {
        self.out.retain(|held| Some(held.id) != probe);
    }

    /// A probe has succeeded. Returns whether enough have.
    pub(super) fn succeed(&mut self, config: &Config) -> bool {
        self.successes += 1;
        self.successes >= config.success_threshold
    }

    pub(super) const fn successes(&self) -> u32 {
        self.successes
    }

    pub(super) fn clear(&mut self) {
        self.out.clear();
        self.successes = 0;
    }
}
