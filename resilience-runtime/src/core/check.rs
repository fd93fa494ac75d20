//! Bounds on configuration: one rule refuses in `build()` and clamps behind an attribute.

use std::fmt::Debug;
use std::time::Duration;

use crate::core::error::ConfigError;
use crate::core::kind::PolicyKind;
use crate::core::name::Name;

/// Goes over the values of one configuration, moves each wrong one to the nearest allowed one, and keeps the first
/// complaint. A builder turns the complaint into an `Err`; an attribute, whose expressions are only known at run time,
/// logs it and works with the clamped values.
pub(crate) struct Check<'a> {
    policy: PolicyKind,
    name: &'a Name,
    first: Option<ConfigError>,
}

impl<'a> Check<'a> {
    pub(crate) const fn new(policy: PolicyKind, name: &'a Name) -> Self {
        Self { policy, name, first: None }
    }

    /// A count that starts at 1.
    pub(crate) fn count(&mut self, option: &'static str, value: &mut u32) {
        self.replace(option, value, |v| *v == 0, 1, "at least 1");
    }

    /// A length of time that is not nothing.
    pub(crate) fn duration(&mut self, option: &'static str, value: &mut Duration) {
        self.replace(option, value, Duration::is_zero, Duration::from_millis(1), "longer than zero");
    }

    /// A share of calls.
    pub(crate) fn rate(&mut self, option: &'static str, value: &mut f64) {
        let nearest = if *value < 0.0 { 0.0 } else { 1.0 };
        self.replace(option, value, |v| !(0.0..=1.0).contains(v), nearest, "from 0 to 1");
    }

    /// A finite number that is at least `least`.
    pub(crate) fn at_least(&mut self, option: &'static str, value: &mut f64, least: f64, allowed: &'static str) {
        self.replace(option, value, |v| !v.is_finite() || *v < least, least, allowed);
    }

    /// Any other rule.
    pub(crate) fn replace<T: Debug>(
        &mut self,
        option: &'static str,
        value: &mut T,
        wrong: impl FnOnce(&T) -> bool,
        nearest: T,
        allowed: &'static str,
    ) {
        if !wrong(value) {
            return;
        }
        let value = format!("{:?}", std::mem::replace(value, nearest));
        self.first.get_or_insert_with(|| ConfigError {
            policy: self.policy,
            name: self.name.clone(),
            option,
            value,
            allowed,
        });
    }

    pub(crate) fn finish(self) -> Option<ConfigError> {
        self.first
    }
}
