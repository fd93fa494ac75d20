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
