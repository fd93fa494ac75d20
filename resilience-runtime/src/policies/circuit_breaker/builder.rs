//! The builder: the options, one method each.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use super::CircuitBreaker;
use super::recovery::{RecoveryFn, RecoveryTimeout};
use crate::core::error::ConfigError;
use crate::core::name::Name;
use crate::core::window::Window;

/// Consecutive failures that open a breaker when no other rule is given: 5.
///
/// ```
/// use resilience::CircuitBreaker;
/// use resilience::circuit_breaker::DEFAULT_FAILURE_THRESHOLD;
///
/// let breaker = CircuitBreaker::builder("jira_api").build()?;
/// assert_eq!(breaker.stats().failure_threshold, Some(DEFAULT_FAILURE_THRESHOLD));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
pub const DEFAULT_FAILURE_THRESHOLD: u32 = 5;

/// Calls that a rate or latency rule looks at, and at least needs: 100.
///
/// ```
/// use resilience::circuit_breaker::{CircuitBreaker, DEFAULT_WINDOW};
///
/// let breaker = CircuitBreaker::builder("jira_api").failure_rate(0.5).build()?;
/// for _ in 1..DEFAULT_WINDOW {
///     breaker.try_acquire().unwrap().failure(); // too few to tell
/// }
/// assert_eq!(breaker.state().as_str(), "closed");
/// # Ok::<(), resilience::ConfigError>(())
/// ```
pub const DEFAULT_WINDOW: u32 = 100;

/// The time an open breaker refuses calls: 30 s.
///
/// ```
/// use resilience::circuit_breaker::{CircuitBreaker, DEFAULT_RECOVERY_TIMEOUT};
///
/// let breaker = CircuitBreaker::builder("jira_api").failure_threshold(1).build()?;
/// breaker.try_acquire().unwrap().failure();
/// assert!(breaker.stats().retry_after <= Some(DEFAULT_RECOVERY_TIMEOUT));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
pub const DEFAULT_RECOVERY_TIMEOUT: Duration = Duration::from_secs(30);

/// Builds a [`CircuitBreaker`]. The methods are the options of `#[circuit_breaker]`.
///
/// ```
/// use std::time::Duration;
/// use resilience::CircuitBreaker;
///
/// let breaker = CircuitBreaker::builder("jira_api")
///     .failure_rate(0.5) // half of the
///     .window(20) // last 20 calls failed,
///     .minimum_calls(10) // or of as many as there were, from 10 on
///     .slow_call_duration(Duration::from_secs(2))
///     .slow_call_rate(0.8) // or 80 % of them took 2 s
///     .max_average_latency(Duration::from_secs(1)) // or 1 s on average
///     .recovery_timeout(Duration::from_secs(5))
///     .max_recovery_timeout(Duration::from_secs(60)) // open for 5 s, 10 s, 20 s, 40 s, 60 s, ...
///     .half_open_max_calls(2) // two probes at once
///     .success_threshold(3) // three good ones close it
///     .build()?;
/// assert_eq!(breaker.stats().success_threshold, 3);
///
/// let builder = CircuitBreaker::builder("mail").failure_threshold(10).failure_window(Duration::from_secs(60));
/// assert_eq!(builder.name(), "mail");
/// assert_eq!(builder.build()?.stats().failure_threshold, Some(10));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `build`"]
pub struct CircuitBreakerBuilder {
    pub(super) name: Name,
    pub(super) failure_threshold: Option<u32>,
    pub(super) failure_window: Option<Duration>,
    pub(super) failure_rate: Option<f64>,
    pub(super) window: Option<Window>,
    pub(super) minimum_calls: Option<u32>,
    pub(super) slow_call_duration: Option<Duration>,
    pub(super) slow_call_rate: Option<f64>,
    pub(super) max_average_latency: Option<Duration>,
    pub(super) recovery_timeout: Option<Duration>,
    pub(super) max_recovery_timeout: Option<Duration>,
    pub(super) half_open_max_calls: u32,
    pub(super) success_threshold: u32,
    pub(super) half_open_failure_rate: f64,
    pub(super) recovery: Option<RecoveryFn>,
}

impl CircuitBreakerBuilder {
    pub(super) const fn new(name: Name) -> Self {
        Self {
            name,
            failure_threshold: None,
            failure_window: None,
            failure_rate: None,
            window: None,
            minimum_calls: None,
            slow_call_duration: None,
            slow_call_rate: None,
            max_average_latency: None,
            recovery_timeout: None,
            max_recovery_timeout: None,
            half_open_max_calls: 1,
            success_threshold: 1,
            half_open_failure_rate: 0.0,
            recovery: None,
        }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Opens after this many consecutive failures; with [`failure_window`](Self::failure_window), after this many
    /// within it. Default 5; off when a rate or latency rule is given and neither of the two is. From 1 to 1,000,000.
    pub const fn failure_threshold(mut self, failures: u32) -> Self {
        self.failure_threshold = Some(failures);
        self
    }

    /// Counts the failures of [`failure_threshold`](Self::failure_threshold) within this time instead of in a row.
    /// Default: in a row.
    pub const fn failure_window(mut self, length: Duration) -> Self {
        self.failure_window = Some(length);
        self
    }

    /// Opens when `failures / calls` in the [`window`](Self::window) reaches this share, from 0 to 1. Default off.
    /// A share of 0 means that any failure opens. The share is looked at when a failure comes in, and when
    /// [`minimum_calls`](Self::minimum_calls) is completed; successes that slide out of a window of time open nothing
    /// by themselves.
    pub const fn failure_rate(mut self, share: f64) -> Self {
        self.failure_rate = Some(share);
        self
    }

    /// What rate and latency rules look at: a number of calls (exact) or a time (exact to a tenth of it: it slides by
    /// tenths).
    /// Default 100 calls, or `minimum_calls`, if that is more; at most 1,000,000.
    pub fn window(mut self, window: impl Into<Window>) -> Self {
        self.window = Some(window.into());
        self
    }

    /// Rate and latency rules stay silent below this many calls in the window. Default: the size of the window, 100
    /// for a window of time. The call that completes them may open, also when it succeeds: the rate is known from it on.
    pub const fn minimum_calls(mut self, calls: u32) -> Self {
        self.minimum_calls = Some(calls);
        self
    }

    /// A call that takes at least this long is slow, whether it succeeds, fails, or is dropped by its caller. Default off.
    pub const fn slow_call_duration(mut self, duration: Duration) -> Self {
        self.slow_call_duration = Some(duration);
        self
    }

    /// Opens when the share of slow calls in the window reaches this, from 0 to 1. Default 1, once
    /// [`slow_call_duration`](Self::slow_call_duration) is given. Looked at when a slow call or a failure comes in, and
    /// when [`minimum_calls`](Self::minimum_calls) is completed.
    pub const fn slow_call_rate(mut self, share: f64) -> Self {
        self.slow_call_rate = Some(share);
        self
    }

    /// Opens when the mean latency of the calls in the window exceeds this. Default off. Looked at when a call comes in
    /// that took longer than this or failed, and when [`minimum_calls`](Self::minimum_calls) is completed.
    pub const fn max_average_latency(mut self, latency: Duration) -> Self {
        self.max_average_latency = Some(latency);
        self
    }

    /// How long an open breaker refuses calls before it lets probes through. Default 30 s, or `max_recovery_timeout`, if that
    /// is given and shorter.
    pub const fn recovery_timeout(mut self, duration: Duration) -> Self {
        self.recovery_timeout = Some(duration);
        self
    }

    /// How long it refuses calls, by how often in a row it has opened: 1 for the first time, 2 after its probes have failed,
    /// and so on. Takes the place of [`recovery_timeout`](Self::recovery_timeout);
    /// [`max_recovery_timeout`](Self::max_recovery_timeout) bounds it, where that is given. Default: a fixed time.
    ///
    /// The function is called once by `build`, with 1, and then at each opening for the one that may follow: on the thread
    /// whose call opened the breaker, and under no lock. What it returns for 1 is also how long a probe keeps its place.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder("jira_api")
    ///     .failure_threshold(1)
    ///     .recovery_timeout_fn(|openings| Duration::from_secs(5) * openings)
    ///     .build()?;
    /// breaker.try_acquire().unwrap().failure();
    /// assert!(breaker.stats().retry_after <= Some(Duration::from_secs(5)));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    ///
    /// # Panics
    /// With the function's own panic, in `build` and where a call opens the breaker.
    pub fn recovery_timeout_fn<F>(mut self, function: F) -> Self
    where
        F: Fn(u32) -> Duration + Send + Sync + UnwindSafe + RefUnwindSafe + 'static,
    {
        self.recovery = Some(RecoveryFn::new(function));
        self
    }

    /// Either of the two, whichever a path in an attribute stands for.
    #[doc(hidden)]
    pub fn recovery_timeout_of<M>(self, timeout: impl RecoveryTimeout<M>) -> Self {
        timeout.set(self)
    }

    /// The recovery timeout doubles with each failed probe, up to this. Default: it does not grow.
    pub const fn max_recovery_timeout(mut self, duration: Duration) -> Self {
        self.max_recovery_timeout = Some(duration);
        self
    }

    /// How many probes may run at once while half-open. Default 1. A probe that runs longer than the recovery timeout
    /// no longer takes up a place.
    pub const fn half_open_max_calls(mut self, calls: u32) -> Self {
        self.half_open_max_calls = calls;
        self
    }

    /// How many probes must succeed to close. Default 1. One that fails, or is slow, reopens, unless a
    /// [`half_open_failure_rate`](Self::half_open_failure_rate) is given.
    pub const fn success_threshold(mut self, successes: u32) -> Self {
        self.success_threshold = successes;
        self
    }

    /// The share of failed probes that reopens, from 0 to 1. Default 0: the first that fails does.
    ///
    /// As with [`failure_rate`](Self::failure_rate), to reach the rate is enough, and it takes a failure.
    /// [`success_threshold`](Self::success_threshold) probes are judged together: the breaker reopens as soon as
    /// `failures / success_threshold` is the rate or more, also before all of them have reported, and closes when all have
    /// and it is less. At 1 it reopens only if all of them fail.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder("jira_api")
    ///     .failure_threshold(1)
    ///     .success_threshold(4)
    ///     .half_open_failure_rate(0.5) // one of four may fail, two reopen
    ///     .build()?;
    /// breaker.half_open();
    /// breaker.try_acquire().unwrap().failure();
    /// assert_eq!(breaker.state().as_str(), "half_open");
    /// (0..3).for_each(|_| breaker.try_acquire().unwrap().success());
    /// assert_eq!(breaker.state().as_str(), "closed");
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub const fn half_open_failure_rate(mut self, share: f64) -> Self {
        self.half_open_failure_rate = share;
        self
    }

    /// The breaker.
    ///
    /// It is a plain value; [`Registry::register`](crate::Registry::register) gives it a place where it can be looked
    /// up by name.
    ///
    /// # Errors
    /// Says which option is out of bounds and what is allowed: counts and windows of calls from 1 to 1,000,000,
    /// durations above zero, rates from 0 to 1, `minimum_calls` no larger than a window of calls,
    /// `max_recovery_timeout` no shorter than `recovery_timeout`.
    ///
    /// ```
    /// use resilience::CircuitBreaker;
    ///
    /// let error = CircuitBreaker::builder("jira_api").failure_rate(50.0).build().unwrap_err();
    /// assert_eq!(error.to_string(), "circuit_breaker `jira_api`: `failure_rate` is 50.0; it must be from 0 to 1");
    /// ```
    pub fn build(self) -> Result<CircuitBreaker, ConfigError> {
        match self.clamped() {
            (breaker, None) => Ok(breaker),
            (_, Some(error)) => Err(error),
        }
    }
}
