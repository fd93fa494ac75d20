//! How long a breaker stays open, where a function says so.

use std::any::type_name;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use super::CircuitBreakerBuilder;
use crate::core::sync::Arc;

/// How long a breaker stays open, by how often in a row it has opened. Two are equal when they are of one type: the same
/// function, or the same closure in the source.
#[derive(Clone)]
pub(crate) struct RecoveryFn {
    function: Arc<dyn Recovery>,
    name: &'static str,
}

pub(super) trait Recovery: Fn(u32) -> Duration + Send + Sync + UnwindSafe + RefUnwindSafe {}

impl<F: Fn(u32) -> Duration + Send + Sync + UnwindSafe + RefUnwindSafe> Recovery for F {}

impl RecoveryFn {
    pub(super) fn new<F: Recovery + 'static>(function: F) -> Self {
        Self { function: Arc::new(function), name: type_name::<F>() }
    }

    pub(super) fn length(&self, openings: u32) -> Duration {
        (self.function)(openings)
    }
}

impl PartialEq for RecoveryFn {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for RecoveryFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// What `recovery_timeout` in an attribute may be: a length of time, or a function of how often in a row it has opened.
#[diagnostic::on_unimplemented(
    message = "`recovery_timeout` cannot be `{Self}`",
    label = "must be a `Duration`, or a function `fn(openings: u32) -> Duration`"
)]
pub trait RecoveryTimeout<M> {
    /// Tells the builder.
    fn set(self, builder: CircuitBreakerBuilder) -> CircuitBreakerBuilder;
}

impl RecoveryTimeout<()> for Duration {
    fn set(self, builder: CircuitBreakerBuilder) -> CircuitBreakerBuilder {
        builder.recovery_timeout(self)
    }
}

impl<F> RecoveryTimeout<fn(u32)> for F
where
    F: Fn(u32) -> Duration + Send + Sync + UnwindSafe + RefUnwindSafe + 'static,
{
    fn set(self, builder: CircuitBreakerBuilder) -> CircuitBreakerBuilder {
        builder.recovery_timeout_fn(self)
    }
}
