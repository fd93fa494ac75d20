//! What a fallback is given of a failure.

use crate::error::Error;
use crate::outcome::{Caught, Fault, FromRefusal, UserOnly};

/// The error type that a fallback asks for, made of what the layers carry.
#[diagnostic::on_unimplemented(
    message = "a fallback cannot be given `{Self}`",
    label = "must be the function's error type, or `resilience::Fault` of it",
    note = "where a policy may refuse, the error type needs `impl From<resilience::Error>`; a fallback that does not look at the error, `|_| ..`, needs nothing"
)]
pub trait CatchAs<C> {
    /// The failure in this form.
    fn catch_as(caught: C) -> Self;
}

impl<E> CatchAs<UserOnly<E>> for E {
    #[inline]
    fn catch_as(UserOnly(error): UserOnly<E>) -> Self {
        error
    }
}

impl<E: FromRefusal> CatchAs<Fault<E>> for E {
    #[inline]
    fn catch_as(fault: Fault<E>) -> Self {
        fault.into_user()
    }
}

impl<E> CatchAs<UserOnly<E>> for Fault<E> {
    #[inline]
    fn catch_as(UserOnly(error): UserOnly<E>) -> Self {
        Self::User(error)
    }
}

impl<E> CatchAs<Self> for Fault<E> {
    #[inline]
    fn catch_as(fault: Self) -> Self {
        fault
    }
}

/// The failure in the form that the fallback asks for.
#[inline]
pub fn catch<X: CatchAs<C>, C>(caught: C) -> X {
    X::catch_as(caught)
}

/// The failure as the user's own error: what an un-annotated `|error|` is given.
#[inline]
pub fn catch_user<C: Caught<User: CatchAs<C>>>(caught: C) -> C::User {
    CatchAs::catch_as(caught)
}

/// What a fallback with `when_result` is for.
#[derive(Debug)]
pub enum Lack<C> {
    /// The call has failed.
    Failed(C),
    /// It has a value, which is not wanted. There is no error to give to the fallback.
    Unwanted,
}

impl<C: Caught> Caught for Lack<C> {
    type User = C::User;

    fn user(&self) -> Option<&C::User> {
        match self {
            Self::Failed(caught) => caught.user(),
            Self::Unwanted => None,
        }
    }

    fn refusal(&self) -> Option<&Error> {
        match self {
            Self::Failed(caught) => caught.refusal(),
            Self::Unwanted => None,
        }
    }

    fn from_user(error: C::User) -> Self {
        Self::Failed(C::from_user(error))
    }
}

/// An outcome as a fallback with `when_result` sees it.
#[allow(clippy::missing_errors_doc)]
#[inline]
pub fn lacks<T, C>(outcome: Result<T, C>, when_result: impl FnOnce(&T) -> bool) -> Result<T, Lack<C>> {
    match outcome {
        Ok(value) if when_result(&value) => Err(Lack::Unwanted),
        Ok(value) => Ok(value),
        Err(caught) => Err(Lack::Failed(caught)),
    }
}

/// A failure that `when` can look at.
pub trait Matches: Caught {
    /// Asks `when` about the user's error; a refusal is turned into one first.
    fn matches(&self, when: impl FnOnce(&Self::User) -> bool) -> bool;
}

impl<E> Matches for UserOnly<E> {
    #[inline]
    fn matches(&self, when: impl FnOnce(&E) -> bool) -> bool {
        when(&self.0)
    }
}

impl<E: FromRefusal> Matches for Fault<E> {
    #[inline]
    fn matches(&self, when: impl FnOnce(&E) -> bool) -> bool {
        let refused = |refusal: &Error| E::from_refusal(refusal.clone());
        match self {
            Self::User(error) => when(error),
            Self::Refused(refusal) => when(&refused(refusal)),
        }
    }
}

/// Whether a fallback with `when` is for this failure.
#[inline]
pub fn matches<C: Matches>(caught: &C, when: impl FnOnce(&C::User) -> bool) -> bool {
    caught.matches(when)
}
