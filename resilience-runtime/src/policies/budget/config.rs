//! The options of a retry budget.

use crate::core::check::Check;
use crate::core::error::ConfigError;
use crate::core::kind::PolicyKind;
use crate::core::name::Name;

use super::Budget;

/// The options of a [`Budget`].
///
/// ```
/// use resilience::Budget;
///
/// // One retry for ten calls, and two a second however few calls there are.
/// let budget = Budget::builder("warehouse").ratio(0.1).min_per_second(2.0).build()?;
/// assert_eq!(budget.ratio(), 0.1);
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is built"]
pub struct BudgetBuilder {
    pub(super) name: Name,
    pub(super) ratio: f64,
    pub(super) min_per_second: f64,
}

impl BudgetBuilder {
    pub(super) const fn new(name: Name) -> Self {
        Self { name, ratio: 0.2, min_per_second: 10.0 }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// How many retries each call pays for, from 0 to 1. Default 0.2: at most a fifth more load.
    pub const fn ratio(mut self, ratio: f64) -> Self {
        self.ratio = ratio;
        self
    }

    /// How many retries a second may be made whatever the number of calls, in bursts of up to a second's worth. Default
    /// 10; with 0 only calls pay. Where the reserve is less than one a second, it saves up one retry.
    pub const fn min_per_second(mut self, min_per_second: f64) -> Self {
        self.min_per_second = min_per_second;
        self
    }

    /// The budget.
    ///
    /// # Errors
    /// When the ratio is not from 0 to 1, or the minimum is negative or not finite.
    ///
    /// ```
    /// use resilience::Budget;
    ///
    /// let error = Budget::builder("warehouse").ratio(20.0).build().unwrap_err();
    /// assert_eq!(error.to_string(), "retry `warehouse`: `ratio` is 20.0; it must be from 0 to 1");
    /// ```
    pub fn build(self) -> Result<Budget, ConfigError> {
        match self.clamped() {
            (budget, None) => Ok(budget),
            (_, Some(error)) => Err(error),
        }
    }

    /// The budget with every wrong value moved to the nearest allowed one, and the first complaint.
    pub(crate) fn clamped(mut self) -> (Budget, Option<ConfigError>) {
        let mut check = Check::new(PolicyKind::Retry, &self.name);
        check.rate("ratio", &mut self.ratio);
        check.at_least("min_per_second", &mut self.min_per_second, 0.0, "a finite number of at least 0");
        let error = check.finish();
        (Budget::new(self.name, self.ratio, self.min_per_second), error)
    }
}
