//! The static of a layer: it finds its policy once, then costs one load.

use std::fmt;

use once_cell::sync::OnceCell;

/// The policy of one layer of one function.
pub struct Site<T>(OnceCell<T>);

impl<T> Site<T> {
    /// A site that has not been called yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(OnceCell::new())
    }

    /// The policy; the first call resolves it.
    ///
    /// `resolve` evaluates the user's expressions, which may panic or call the function again: it runs outside the
    /// cell. Calls that race resolve the same policy.
    #[inline]
    pub fn get(&'static self, resolve: impl FnOnce() -> T) -> &'static T {
        match self.0.get() {
            Some(policy) => policy,
            None => self.first(resolve),
        }
    }

    #[cold]
    #[inline(never)]
    fn first(&'static self, resolve: impl FnOnce() -> T) -> &'static T {
        let policy = resolve();
        self.0.get_or_init(|| policy)
    }
}

impl<T> Default for Site<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Site<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Site").field(&self.0.get().is_some()).finish()
    }
}
