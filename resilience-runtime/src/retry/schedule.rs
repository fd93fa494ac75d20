//! The decision, pure: again after this delay, or no more and why.

use std::time::Duration;

use super::config::Config;
use super::stats::End;
use crate::clock::Instant;
use crate::error::Error;

/// What a finished attempt asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// It is done, in this way.
    Stop(End),
    /// It may be tried again, not before this delay.
    Again(Duration),
}

/// What a refusal by an inner policy asks for.
pub(super) fn on_refusal(config: &Config, refusal: &Error) -> Wish {
    let may = match refusal {
        Error::CircuitOpen(_) => config.retry_on_open,
        _ => refusal.is_retryable() && (config.idempotent || !refusal.body_ran()),
    };
    if may { Wish::Again(refusal.retry_after().unwrap_or_default()) } else { Wish::Stop(End::NotRetryable) }
}

/// Where a call stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    /// The attempt under way or just done, from 1.
    pub(super) attempt: u32,
    /// The delay before it, as the strategy drew it: a server's hint says nothing about how far callers are spread.
    pub(super) previous: Duration,
    /// When the first began; only known when `max_elapsed` asks.
    pub(super) started: Option<Instant>,
    /// The ambient deadline.
    pub(super) deadline: Instant,
}

impl Progress {
    pub(super) fn deadline_passed(&self, at: Instant) -> bool {
        self.deadline != Instant::NEVER && at >= self.deadline
    }
}

/// The wait for the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) delay: Duration,
    /// What the strategy drew; `delay` is longer when a server asked for more.
    pub(super) drawn: Duration,
}

/// The wait for the next attempt, or why there is none.
pub(super) fn next(
    config: &Config,
    progress: &Progress,
    at_least: Duration,
    now: Instant,
    unit: impl FnMut() -> f64,
) -> Result<Wait, End> {
    if progress.attempt >= config.max_attempts {
        return Err(End::MaxAttempts);
    }
    let drawn = config.backoff.delay(progress.attempt, progress.previous, unit);
    let delay = drawn.max(at_least);
    if is_late(config, progress, now.saturating_add(delay)) {
        return Err(End::MaxDuration);
    }
    Ok(Wait { delay, drawn })
}

/// Whether an attempt that starts then starts too late.
pub(super) fn is_late(config: &Config, progress: &Progress, start: Instant) -> bool {
    let end = match (progress.started, config.max_elapsed) {
        (Some(started), Some(limit)) => started.saturating_add(limit),
        _ => Instant::NEVER,
    };
    // The deadline itself is too late: the attempt would be timed out as it starts.
    start > end || progress.deadline_passed(start)
}
