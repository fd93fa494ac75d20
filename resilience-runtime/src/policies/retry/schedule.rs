//! The decision, pure: again after this delay, or no more and why.

use std::time::Duration;

use super::config::Config;
use super::look;
use super::stats::End;
use crate::core::clock::Instant;
use crate::core::error::Error;

/// What a finished attempt asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// It is done, in this way.
    Stop(End),
    /// It may be tried again.
    Again(Cause),
}

/// Why an attempt is made again, as far as that decides when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// It failed. The next one is to come no sooner than this hint says: zero where there is none.
    Failed(Duration),
    /// An open circuit refused it, with this hint.
    Open(Duration),
    /// All probes of a half-open circuit were out. When they come back, nobody knows.
    HalfOpen,
}

impl Cause {
    /// Whether the body may have run. If it has not, the next attempt adds nothing to what its caller asks for anyway.
    pub(super) const fn loads(self) -> bool {
        matches!(self, Self::Failed(_))
    }
}

/// What a refusal by an inner policy asks for.
pub(super) fn on_refusal(config: &Config, refusal: &Error) -> Wish {
    let hint = refusal.retry_after();
    match refusal {
        Error::CircuitOpen(open) if config.retry_on_open => match hint {
            // When it has a place is known at the latest only.
            _ if open.is_half_open() => Wish::Again(Cause::HalfOpen),
            Some(hint) => Wish::Again(Cause::Open(hint)),
            // Forced open, until a hand lets go of it.
            None => Wish::Stop(End::NotRetryable),
        },
        _ if refusal.is_retryable() && (config.idempotent || !refusal.body_ran()) => {
            Wish::Again(Cause::Failed(hint.unwrap_or_default()))
        }
        _ => Wish::Stop(End::NotRetryable),
    }
}

/// Where a call stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    /// The attempt under way or just done, from 1.
    pub(super) attempt: u32,
    /// How often this attempt has looked at a half-open circuit again.
    pub(super) looks: u16,
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
    /// What the strategy drew; `delay` is longer when somebody asked for more.
    pub(super) drawn: Duration,
}

/// The wait for the next attempt, or why there is none. `own` asks a function of the call for the delay, where the call
/// has one.
pub(super) fn next(
    config: &Config,
    progress: &Progress,
    cause: Cause,
    own: impl FnOnce() -> Option<Duration>,
    now: Instant,
    mut unit: impl FnMut() -> f64,
) -> Result<Wait, End> {
    let wait = match cause {
        Cause::HalfOpen => {
            let delay = look::next(config, progress.looks, unit)?;
            Wait { delay, drawn: progress.previous }
        }
        Cause::Failed(_) | Cause::Open(_) if progress.attempt >= config.max_attempts => return Err(End::MaxAttempts),
        Cause::Failed(hint) | Cause::Open(hint) if hint > config.max_hint => return Err(End::MaxDuration),
        Cause::Failed(hint) | Cause::Open(hint) => {
            let drawn = match own() {
                Some(delay) => config.backoff.spread(delay, &mut unit),
                None => config.backoff.delay(progress.attempt, progress.previous, &mut unit),
            };
            Wait { delay: drawn.max(no_sooner(hint, unit)), drawn }
        }
    };
    let late = is_late(config, progress, now.saturating_add(wait.delay));
    if late { Err(End::MaxDuration) } else { Ok(wait) }
}

/// A delay that obeys a hint. Whoever gives one gives it to many, so that it is spread over a tenth of itself at least,
/// whatever the jitter of the retry: a thousand callers who are told 20 s must not come back as one.
fn no_sooner(hint: Duration, unit: impl FnOnce() -> f64) -> Duration {
    if hint.is_zero() { hint } else { hint.saturating_add(hint.mul_f64(0.1 * unit())) }
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
