//! The options of a breaker, their defaults and their bounds.

use std::time::Duration;

use super::CircuitBreaker;
use super::builder::{CircuitBreakerBuilder, DEFAULT_FAILURE_THRESHOLD, DEFAULT_RECOVERY_TIMEOUT, DEFAULT_WINDOW};
use super::recovery::RecoveryFn;
use crate::core::check::Check;
use crate::core::error::ConfigError;
use crate::core::kind::PolicyKind;
use crate::core::name::Name;
use crate::core::window::Window;

/// The largest window of calls: beyond it, a window of time is meant.
const MAX_WINDOW: u32 = 1_000_000;
/// The largest count: a threshold with a `failure_window`, like a half-open breaker, remembers one instant per call.
pub(super) const MAX_COUNT: u32 = 1_000_000;

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
    pub(crate) half_open_failure_rate: f64,
    pub(crate) recovery: Option<RecoveryFn>,
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

    /// Whether a probe takes longer than calls may on average.
    pub(super) fn is_late(&self, latency: Option<Duration>) -> bool {
        self.max_average_latency.is_some_and(|limit| latency.is_some_and(|latency| latency > limit))
    }

    /// How long a breaker stays open whose probes have failed, after it was open for so long. A function says so itself,
    /// and until it does, nothing changes.
    pub(super) fn grow(&self, open_for: Duration) -> Duration {
        if self.recovery.is_some() { open_for } else { open_for.saturating_mul(2) }
    }

    pub(super) fn is_slow(&self, latency: Option<Duration>) -> bool {
        self.slow_call_duration.is_some_and(|limit| latency.is_some_and(|latency| latency >= limit))
    }
}

impl CircuitBreakerBuilder {
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
        // A default yields to what is given.
        let mut recovery_timeout = match (&self.recovery, self.recovery_timeout) {
            // Nothing is as short as it gets: probes pass at once.
            (Some(recovery), _) => {
                let longest = self.max_recovery_timeout.unwrap_or(Duration::MAX);
                recovery.length(1).clamp(Duration::from_nanos(1), longest)
            }
            (None, Some(given)) => given,
            (None, None) => DEFAULT_RECOVERY_TIMEOUT.min(self.max_recovery_timeout.unwrap_or(DEFAULT_RECOVERY_TIMEOUT)),
        };
        check.duration("recovery_timeout", &mut recovery_timeout);
        check.rate("half_open_failure_rate", &mut self.half_open_failure_rate);
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
        let least = self.minimum_calls.unwrap_or(DEFAULT_WINDOW);
        let mut window = self.window.unwrap_or(Window::Calls(DEFAULT_WINDOW.max(least)));
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
        let mut max_recovery_timeout = self.max_recovery_timeout.unwrap_or(match self.recovery {
            Some(_) => Duration::MAX,
            None => recovery_timeout,
        });
        check.replace(
            "max_recovery_timeout",
            &mut max_recovery_timeout,
            |v| *v < recovery_timeout,
            recovery_timeout,
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
            recovery_timeout,
            max_recovery_timeout,
            half_open_max_calls: self.half_open_max_calls,
            success_threshold: self.success_threshold,
            half_open_failure_rate: self.half_open_failure_rate,
            recovery: self.recovery,
        };
        let error = check.finish();
        (name, config, error)
    }
}
