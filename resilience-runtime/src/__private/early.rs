//! What `?` does, for a body that is left by `break` and not by `return`.

use crate::core::outcome::Nothing;

/// What `?` can be put behind.
pub trait Early {
    /// What it goes on with.
    type Value;
    /// What it leaves with.
    type Early;

    /// Which of the two.
    ///
    /// # Errors
    /// What the body is left with.
    fn branch(self) -> Result<Self::Value, Self::Early>;
}

/// An error that a body is left with.
#[derive(Debug)]
pub struct Failed<E>(E);

impl<T, E> Early for Result<T, E> {
    type Value = T;
    type Early = Failed<E>;

    #[inline]
    fn branch(self) -> Result<T, Failed<E>> {
        self.map_err(Failed)
    }
}

impl<T> Early for Option<T> {
    type Value = T;
    type Early = Nothing;

    #[inline]
    fn branch(self) -> Result<T, Nothing> {
        self.ok_or(Nothing)
    }
}

/// See [`Early::branch`].
#[allow(clippy::missing_errors_doc)]
#[inline]
pub fn branch<X: Early>(value: X) -> Result<X::Value, X::Early> {
    value.branch()
}

/// What a body can return early.
#[diagnostic::on_unimplemented(message = "`?` cannot leave a function that returns `{Self}` with `{E}`")]
pub trait FromEarly<E> {
    /// What the function returns.
    fn from_early(early: E) -> Self;
}

impl<T, E, F: From<E>> FromEarly<Failed<E>> for Result<T, F> {
    #[inline]
    fn from_early(Failed(error): Failed<E>) -> Self {
        Err(error.into())
    }
}

impl<T> FromEarly<Nothing> for Option<T> {
    #[inline]
    fn from_early(Nothing: Nothing) -> Self {
        None
    }
}
