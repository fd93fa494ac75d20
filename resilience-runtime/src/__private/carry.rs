//! What an option's expression leaves early with, in `clone(..)` for instance, is an error of the function: it ends like
//! one that returns the same kind of outcome with another value in it.

use crate::core::outcome::Outcome;
use crate::core::sync::{AtomicBool, Ordering};

/// A return type that can carry another success.
#[diagnostic::on_unimplemented(
    message = "`?` in an option ends the call with an error, which `{Self}` cannot carry",
    label = "must return `Result<T, E>` or `Option<T>`"
)]
pub trait Carrier: Outcome {
    /// The same with another success.
    type With<V>: Outcome<Ok = V, Err = Self::Err>;
}

impl<T, E> Carrier for Result<T, E> {
    type With<V> = Result<V, E>;
}

impl<T> Carrier for Option<T> {
    type With<V> = Option<V>;
}

/// A value that was made without an error.
#[inline]
pub fn carry<C: Carrier, V>(value: V) -> C::With<V> {
    Outcome::from_result(Ok(value))
}

/// Raised when such an error has ended the call: what judges attempts, above, is told by it. Inner coroutines hold it, too,
/// and an atomic keeps them `Send`; only the call itself reads it.
#[derive(Debug)]
pub struct Ended(AtomicBool);

impl Ended {
    /// It has not.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "only expansions make one")]
    pub fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// It has.
    #[cold]
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// It has on another thread, perhaps.
    pub fn raise_if(&self, there: &Self) {
        if there.is_raised() {
            self.raise();
        }
    }

    /// The error has been answered.
    #[cold]
    pub fn lower(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether it has.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
