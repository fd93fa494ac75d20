//! The registry of the process.

use once_cell::sync::Lazy;

use super::Registry;
use crate::function::functions;

static GLOBAL: Lazy<Registry> = Lazy::new(|| Registry::with(Some(functions)));

/// The registry of the process: the one that attributes use. Cheap to call.
///
/// On its first reading it takes in the policies of all annotated functions whose options are known without a call.
/// Options that depend on arguments are known from the function's first call on.
///
/// Options are expressions, and this is when they are evaluated: they should neither block nor wait for someone who
/// reads the registry. Other readers wait for them for a second at most, and then see what is there.
///
/// ```
/// use resilience::{CircuitBreaker, registry};
///
/// registry().register(CircuitBreaker::builder("jira_api").build()?);
/// assert_eq!(registry().health().status, "healthy");
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[must_use]
pub fn registry() -> Registry {
    global().clone()
}

/// The registry of the process, by reference.
pub(crate) fn global() -> &'static Registry {
    &GLOBAL
}
