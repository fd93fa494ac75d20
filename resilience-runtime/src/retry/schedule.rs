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
    /// The delay before it.
    pub(super) previous: Duration,
    /// When the first began; only known when `max_elapsed` asks.
    pub(super) started: Option<Instant>,
    /// The ambient deadline.
    pub(super) deadline: Instant,
}

/// The delay before the next attempt, or why there is none.
pub(super) fn next(
    config: &Config,
    progress: &Progress,
    at_least: Duration,
    now: Instant,
    unit: impl FnMut() -> f64,
) -> Result<Duration, End> {
    if progress.attempt >= config.max_attempts {
        return Err(End::MaxAttempts);
    }
    let delay = config.backoff.delay(progress.attempt, progress.previous, unit).max(at_least);
    let start = now.saturating_add(delay);
    let end = match (progress.started, config.max_elapsed) {
        (Some(started), Some(limit)) => started.saturating_add(limit),
        _ => Instant::NEVER,
    };
    // The deadline itself is too late: the attempt would be timed out as it starts.
    let too_late = start > end || (progress.deadline != Instant::NEVER && start >= progress.deadline);
    if too_late { Err(End::MaxDuration) } else { Ok(delay) }
}
