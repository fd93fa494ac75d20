//! Which outcomes a fallback is for.

use super::convert::Convertible;
use crate::core::error::Error;
use crate::core::outcome::{Caught, Fault, UserOnly};

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

impl<E: Convertible> Matches for Fault<E> {
    #[inline]
    fn matches(&self, when: impl FnOnce(&E) -> bool) -> bool {
        let refused = |refusal: &Error| E::converted(refusal.clone());
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
