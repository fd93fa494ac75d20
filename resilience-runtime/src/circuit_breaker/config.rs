//! The options of a breaker, their defaults and their bounds.

use std::time::Duration;

use super::CircuitBreaker;
use crate::check::Check;
use crate::error::ConfigError;
use crate::kind::PolicyKind;
use crate::name::Name;
use crate::window::Window;

/// Consecutive failures that open a breaker when no other rule is given: 5.
///
/// ```
/// use resilience_runtime::CircuitBreaker;
/// use resilience_runtime::circuit_breaker::DEFAULT_FAILURE_THRESHOLD;
///
/// let breaker = CircuitBreaker::builder("jira_api").build()?;
/// assert_eq!(breaker.stats().failure_threshold, DEFAULT_FAILURE_THRESHOLD);
/// # Ok::<(), resilience_runtime::ConfigError>(())
/// ```
pub const DEFAULT_FAILURE_THRESHOLD: u32 = 5;
/// Calls that a rate or latency rule looks at, and at least needs: 100.
///
/// ```
/// use resilience_runtime::circuit_breaker::{CircuitBreaker, DEFAULT_WINDOW};
///
/// let breaker = CircuitBreaker::builder("jira_api").failure_rate(0.5).build()?;
/// for _ in 1..DEFAULT_WINDOW {
///     breaker.try_acquire().unwrap().failure(); // too few to tell
/// }
/// assert_eq!(breaker.state().as_str(), "closed");
/// # Ok::<(), resilience_runtime::ConfigError>(())
/// ```
pub const DEFAULT_WINDOW: u32 = 100;
/// The time an open breaker refuses calls: 30 s.
///
/// ```
/// use resilience_runtime::circuit_breaker::{CircuitBreaker, DEFAULT_RECOVERY_TIMEOUT};
///
/// let breaker = CircuitBreaker::builder("jira_api").failure_threshold(1).build()?;
/// breaker.try_acquire().unwrap().failure();
/// assert!(breaker.stats().retry_after <= Some(DEFAULT_RECOVERY_TIMEOUT));
/// # Ok::<(), resilience_runtime::ConfigError>(())
/// ```
pub const DEFAULT_RECOVERY_TIMEOUT: Duration = Duration::from_secs(30);

/// The largest window of calls: beyond it, a window of time is meant.
const MAX_WINDOW: u32 = 1_000_000;
/// The largest count: a threshold with a `failure_window`, like a half-open breaker, remembers one instant per call.
const MAX_COUNT: u32 = 1_000_000;

/// The options a breaker works with. Rules that are `None` are off.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Config {
    pub(crate) failure_threshold: Option<u32>,
    pub(crate) failure_window: Option<Duration>,
    pub(crate) failure_rate: Option<f64>,
    pub(crate) window: Window,
    pub(crate) minimum_calls: u32,
    pub(crate) slow_call_duration: Option<Duration>,
    pub(crate) slow_call_rate: f64,
    pub(crate) max_average_latency: Option<Duration>,
    pub(crate) recovery_timeout: Duration,
    pub(crate) max_recovery_timeout: Duration,
    pub(crate) half_open_max_calls: u32,
    pub(crate) success_threshold: u32,
}

impl Config {
    /// Whether a rule looks at how long calls take, so that every call must be timed.
    pub(super) const fn needs_latency(&self) -> bool {
        self.slow_call_duration.is_some() || self.max_average_latency.is_some()
    }

    /// The shortest latency that can bring a latency rule nearer to its limit.
    pub(super) fn long_from(&self) -> Duration {
        let mean = self.max_average_latency.map(|limit| limit.saturating_add(Duration::from_nanos(1)));
        self.slow_call_duration.into_iter().chain(mean).min().unwrap_or(Duration::MAX)
    }

    pub(super) fn is_long(&self, latency: Option<Duration>) -> bool {
        latency.is_some_and(|latency| latency >= self.long_from())
    }

    pub(super) fn is_slow(&self, latency: Option<Duration>) -> bool {
        self.slow_call_duration.is_some_and(|limit| latency.is_some_and(|latency| latency >= limit))
    }
}

/// Builds a [`CircuitBreaker`]. The methods are the options of `#[circuit_breaker]`.
///
/// ```
/// use std::time::Duration;
/// use resilience_runtime::CircuitBreaker;
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
/// assert_eq!(builder.name().as_str(), "mail");
/// assert_eq!(builder.build()?.stats().failure_threshold, 10);
/// # Ok::<(), resilience_runtime::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `build`"]
pub struct CircuitBreakerBuilder {
    name: Name,
    failure_threshold: Option<u32>,
    failure_window: Option<Duration>,
    failure_rate: Option<f64>,
    window: Option<Window>,
    minimum_calls: Option<u32>,
    slow_call_duration: Option<Duration>,
    slow_call_rate: Option<f64>,
    max_average_latency: Option<Duration>,
    recovery_timeout: Duration,
    max_recovery_timeout: Option<Duration>,
    half_open_max_calls: u32,
    success_threshold: u32,
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
            recovery_timeout: DEFAULT_RECOVERY_TIMEOUT,
            max_recovery_timeout: None,
            half_open_max_calls: 1,
            success_threshold: 1,
        }
    }

    /// The name.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
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

    /// What rate and latency rules look at: a number of calls (exact) or a time (exact to a tenth of it).
    /// Default 100 calls; at most 1,000,000.
    pub fn window(mut self, window: impl Into<Window>) -> Self {
        self.window = Some(window.into());
        self
    }

    /// Rate and latency rules stay silent below this many calls in the window. Default: the size of the window, 100
    /// for a window of time.
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

    /// How long an open breaker refuses calls before it lets probes through. Default 30 s.
    pub const fn recovery_timeout(mut self, duration: Duration) -> Self {
        self.recovery_timeout = duration;
        self
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

    /// How many probes must succeed to close. Default 1. One that fails, or is slow, reopens.
    pub const fn success_threshold(mut self, successes: u32) -> Self {
        self.success_threshold = successes;
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
    /// use resilience_runtime::CircuitBreaker;
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

    /// The breaker with every value that is out of bounds moved to the nearest allowed one, and the first complaint.
    pub(crate) fn clamped(self) -> (CircuitBreaker, Option<ConfigError>) {
        let (name, config, error) = self.checked();
        (CircuitBreaker::new(name, config), error)
    }

    pub(crate) fn checked(mut self) -> (Name, Config, Option<ConfigError>) {
        let name = self.name.clone();
        let mut check = Check::new(PolicyKind::CircuitBreaker, &name);
        for (option, value) in [
            ("failure_threshold", &mut self.failure_threshold),
            ("minimum_calls", &mut self.minimum_calls),
            ("half_open_max_calls", &mut Some(self.half_open_max_calls)),
            ("success_threshold", &mut Some(self.success_threshold)),
        ] {
            if let Some(value) = value {
                check.count(option, value);
                check.replace(option, value, |v| *v > MAX_COUNT, MAX_COUNT, "at most 1000000");
            }
        }
        self.half_open_max_calls = self.half_open_max_calls.clamp(1, MAX_COUNT);
        self.success_threshold = self.success_threshold.clamp(1, MAX_COUNT);
        for (option, value) in [
            ("failure_window", &mut self.failure_window),
            ("slow_call_duration", &mut self.slow_call_duration),
            ("max_average_latency", &mut self.max_average_latency),
            ("max_recovery_timeout", &mut self.max_recovery_timeout),
        ] {
            if let Some(value) = value {
                check.duration(option, value);
            }
        }
        check.duration("recovery_timeout", &mut self.recovery_timeout);
        if self.slow_call_duration.is_none() {
            let mut alone = self.slow_call_rate.take();
            check.replace("slow_call_rate", &mut alone, Option::is_some, None, "given with `slow_call_duration`");
        }
        for (option, value) in [("failure_rate", &mut self.failure_rate), ("slow_call_rate", &mut self.slow_call_rate)]
        {
            if let Some(value) = value {
                check.rate(option, value);
            }
        }
        let mut window = self.window.unwrap_or(Window::Calls(DEFAULT_WINDOW));
        match &mut window {
            Window::Calls(calls) => {
                check.count("window", calls);
                check.replace("window", calls, |v| *v > MAX_WINDOW, MAX_WINDOW, "at most 1000000 calls");
            }
            Window::Time(length) => check.duration("window", length),
        }
        let mut minimum_calls = self.minimum_calls.unwrap_or(match window {
            Window::Calls(calls) => calls,
            Window::Time(_) => DEFAULT_WINDOW,
        });
        if let Window::Calls(size) = window {
            check.replace("minimum_calls", &mut minimum_calls, |v| *v > size, size, "at most the size of the window");
        }
        let mut max_recovery_timeout = self.max_recovery_timeout.unwrap_or(self.recovery_timeout);
        check.replace(
            "max_recovery_timeout",
            &mut max_recovery_timeout,
            |v| *v < self.recovery_timeout,
            self.recovery_timeout,
            "no shorter than `recovery_timeout`",
        );
        let other_rule =
            self.failure_rate.is_some() || self.slow_call_duration.is_some() || self.max_average_latency.is_some();
        let counts_in_time = self.failure_window.is_some();
        let default_threshold = (!other_rule || counts_in_time).then_some(DEFAULT_FAILURE_THRESHOLD);
        let config = Config {
            failure_threshold: self.failure_threshold.or(default_threshold),
            failure_window: self.failure_window,
            failure_rate: self.failure_rate,
            window,
            minimum_calls,
            slow_call_duration: self.slow_call_duration,
            slow_call_rate: self.slow_call_rate.unwrap_or(1.0),
            max_average_latency: self.max_average_latency,
            recovery_timeout: self.recovery_timeout,
            max_recovery_timeout,
            half_open_max_calls: self.half_open_max_calls,
            success_threshold: self.success_threshold,
        };
        let error = check.finish();
        (name, config, error)
    }
}
