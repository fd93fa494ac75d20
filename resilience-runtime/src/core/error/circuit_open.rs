//! What a circuit breaker says that lets no call through.

use std::fmt;
use std::time::Duration;

use crate::core::clock::nanos;
use crate::core::opening::{OpenReason, Source};
use crate::core::rounding;

/// The circuit breaker let no call through.
///
/// Displays the time to the next probe to two digits, rounded up, so that refusals of about one moment have one text:
/// `circuit breaker "jira_api" is open, next probe in 30s`. [`Error::retry_after`](crate::Error::retry_after) is exact.
/// Where an error opened it, the text ends with that: `(last error: connection refused)`.
///
/// ```
/// use resilience::{CircuitBreaker, Error};
///
/// let breaker = CircuitBreaker::builder("jira_api").build()?;
/// breaker.force_open();
/// let Err(refusal @ Error::CircuitOpen(_)) = breaker.call(|| Ok::<(), Error>(())) else {
///     unreachable!("the breaker is open");
/// };
/// assert_eq!(refusal.to_string(), "circuit breaker `jira_api` is open");
/// assert!(!refusal.is_retryable());
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct CircuitOpen {
    pub(super) source: Source,
    pub(super) wait: Wait,
}

impl CircuitOpen {
    /// The name of the circuit breaker; of one key of a family, `name[key]`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::{CircuitBreaker, Error};
    ///
    /// let breaker = CircuitBreaker::builder("jira_api").build()?;
    /// breaker.open_for(Duration::from_secs(60));
    /// let Err(Error::CircuitOpen(open)) = breaker.try_acquire() else { unreachable!("the breaker is open") };
    /// assert_eq!(open.name(), "jira_api");
    /// assert!(open.retry_after() > Some(Duration::from_secs(50)));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        self.source.name()
    }

    /// How long the breaker goes on refusing, where it knows: one that is forced open does not. For an example see
    /// [`name`](Self::name).
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.wait.get()
    }

    /// Why it opened: which rule, what it saw and where its limit lies. `None` once breakers of this name have opened
    /// sixteen more times.
    ///
    /// ```
    /// use resilience::{CircuitBreaker, Error};
    ///
    /// let breaker = CircuitBreaker::builder("jira_api").failure_threshold(2).build()?;
    /// for _ in 0..2 {
    ///     breaker.try_acquire().unwrap().failure_with(&"connection refused");
    /// }
    /// let Err(Error::CircuitOpen(open)) = breaker.try_acquire() else { unreachable!("two failures open it") };
    /// assert_eq!(open.reason().unwrap().to_string(), "2 failures in a row (threshold 2)");
    /// assert_eq!(open.last_error().as_deref(), Some("connection refused"));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[must_use]
    pub fn reason(&self) -> Option<OpenReason> {
        Some(self.source.opening()?.reason)
    }

    /// The text of the error that opened it, cut at 256 characters; `None` where it was no error, and as for
    /// [`reason`](Self::reason).
    #[must_use]
    pub fn last_error(&self) -> Option<String> {
        self.source.opening()?.error().map(str::to_owned)
    }

    /// Whether it is half-open, with all its probes out. `retry_after` is then the time until the place of the oldest of
    /// them is free at the latest.
    #[must_use]
    pub const fn is_half_open(&self) -> bool {
        self.wait.is_half_open()
    }
}

impl PartialEq for CircuitOpen {
    fn eq(&self, other: &Self) -> bool {
        self.wait == other.wait && self.source.name() == other.source.name()
    }
}

impl Eq for CircuitOpen {}

impl fmt::Debug for CircuitOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitOpen")
            .field("name", &self.source.name())
            .field("half_open", &self.is_half_open())
            .field("retry_after", &self.wait.get())
            .field("reason", &self.reason())
            .field("last_error", &self.last_error())
            .finish()
    }
}

impl fmt::Display for CircuitOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "circuit breaker `{}` is ", self.source.name())?;
        match (self.is_half_open(), self.wait.get()) {
            (false, None) => f.write_str("open")?,
            (false, Some(after)) => write!(f, "open, next probe in {:?}", rounding::up(after))?,
            (true, None) => f.write_str("half-open, its probes are out")?,
            (true, Some(after)) => {
                let after = rounding::up(after);
                write!(f, "half-open, its probes are out, a place is free in {after:?} at the latest")?;
            }
        }
        match self.last_error().filter(|_| !self.is_half_open()) {
            Some(error) => write!(f, " (last error: {error})"),
            None => Ok(()),
        }
    }
}

/// How long a circuit breaker asks to wait, and whether it is half-open, in one word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wait(u64);

impl Wait {
    const HALF_OPEN: u64 = 1 << 63;
    const NONE: u64 = Self::HALF_OPEN - 1;

    /// An open one, which does not say for how long.
    pub(crate) const UNKNOWN: Self = Self(Self::NONE);

    pub(crate) fn open(after: Duration) -> Self {
        Self::open_for_nanos(nanos(after))
    }

    pub(crate) fn open_for_nanos(nanos: u64) -> Self {
        Self(nanos.min(Self::NONE - 1))
    }

    pub(crate) fn half_open(after: Duration) -> Self {
        Self(Self::open(after).0 | Self::HALF_OPEN)
    }

    const fn is_half_open(self) -> bool {
        self.0 & Self::HALF_OPEN != 0
    }

    pub(crate) const fn get(self) -> Option<Duration> {
        match self.0 & !Self::HALF_OPEN {
            Self::NONE => None,
            nanos => Some(Duration::from_nanos(nanos)),
        }
    }
}

impl std::error::Error for CircuitOpen {}
