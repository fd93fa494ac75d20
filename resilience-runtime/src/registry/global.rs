//! The registry of the process.

use once_cell::sync::Lazy;

use super::Registry;
use crate::function::collected;

static GLOBAL: Lazy<Registry> = Lazy::new(|| Registry::with(Some(collected)));

/// The registry of the process: the one that attributes use. Cheap to call.
///
/// On its first reading it takes in the policies of all annotated functions whose options are known without a call.
/// Options that depend on arguments are known from the function's first call on.
///
/// ```
/// let health = resilience_runtime::registry().health();
/// assert_eq!(health.status, "healthy");
/// ```
#[must_use]
pub fn registry() -> Registry {
    global().clone()
}

/// The registry of the process, by reference.
pub(crate) fn global() -> &'static Registry {
    &GLOBAL
}
