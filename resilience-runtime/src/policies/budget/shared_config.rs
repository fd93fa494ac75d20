//! Options that several retry budgets share.

use super::BudgetBuilder;
use crate::core::name::Name;

/// Options without a name, for several retry budgets: what [`BudgetBuilder::config`] takes.
///
/// They are written with the methods of the builder, and checked when one is built with them. A later change to one
/// of the builders is its own.
///
/// ```
/// use resilience::{Budget, BudgetConfig};
///
/// let shared = BudgetConfig::new(|options| options.ratio(0.1));
/// let warehouse = Budget::builder("warehouse").config(&shared).build()?;
/// assert_eq!((warehouse.name(), warehouse.ratio()), ("warehouse", 0.1));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "options do nothing until a builder takes them"]
pub struct BudgetConfig(BudgetBuilder);

impl BudgetConfig {
    /// The options that `options` sets, and the defaults of all others.
    pub fn new(options: impl FnOnce(BudgetBuilder) -> BudgetBuilder) -> Self {
        Self(options(BudgetBuilder::new(Name::from("config"))))
    }
}

impl Default for BudgetConfig {
    /// The defaults.
    fn default() -> Self {
        Self::new(|options| options)
    }
}

impl BudgetBuilder {
    /// Takes over all options of `config`, in place of those that were set before. What is set afterwards has precedence.
    /// For an example see [`BudgetConfig`].
    pub fn config(self, config: &BudgetConfig) -> Self {
        Self { name: self.name, ..config.0.clone() }
    }
}
