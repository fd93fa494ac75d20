//! What a fallback is given of a failure.

use std::marker::PhantomData;

use super::convert::Convertible;
use super::refused::Told;
use crate::core::error::Error;
use crate::core::outcome::{Fault, UserOnly};

/// A failure on its way to a fallback.
pub trait Handed {
    /// The error type of the function.
    type User;
    /// As it is: a refusal is still one.
    fn into_fault(self) -> Fault<Self::User>;
}

/// One that can become an error of the function, whatever it is.
pub trait HandedAsError: Handed {
    /// As that.
    fn into_error(self) -> Self::User;
}

impl<E> Handed for UserOnly<E> {
    type User = E;

    #[inline]
    fn into_fault(self) -> Fault<E> {
        self.into()
    }
}

impl<E> HandedAsError for UserOnly<E> {
    #[inline]
    fn into_error(self) -> E {
        self.0
    }
}

impl<E> Handed for Fault<E> {
    type User = E;

    #[inline]
    fn into_fault(self) -> Self {
        self
    }
}

impl<E: Convertible> HandedAsError for Fault<E> {
    #[inline]
    fn into_error(self) -> E {
        match self {
            Self::User(error) => error,
            Self::Refused(refusal) => E::converted(refusal),
        }
    }
}

impl<E, F: FnOnce(Error) -> E> Handed for Told<E, F> {
    type User = E;

    #[inline]
    fn into_fault(self) -> Fault<E> {
        self.fault
    }
}

impl<E, F: FnOnce(Error) -> E> HandedAsError for Told<E, F> {
    #[inline]
    fn into_error(self) -> E {
        match self.fault {
            Fault::User(error) => error,
            Fault::Refused(refusal) => (self.refused)(refusal),
        }
    }
}

/// What a fallback takes of a failure: nothing, the error of the function, or a [`Fault`].
pub trait Taken {
    /// Of a function whose error type is `E`.
    type Given<E>;
}

/// A failure that can be given in this form.
pub trait Takes<C: Handed>: Taken {
    /// In this form.
    fn take(caught: C) -> Self::Given<C::User>;
}

/// Nothing.
#[derive(Debug)]
pub struct No;

impl Taken for No {
    type Given<E> = ();
}

impl<C: Handed> Takes<C> for No {
    #[inline]
    fn take(_: C) {}
}

/// The error of the function.
#[derive(Debug)]
pub struct AsError;

impl Taken for AsError {
    type Given<E> = E;
}

impl<C: HandedAsError> Takes<C> for AsError {
    #[inline]
    fn take(caught: C) -> C::User {
        caught.into_error()
    }
}

/// A [`Fault`].
#[derive(Debug)]
pub struct AsFault;

impl Taken for AsFault {
    type Given<E> = Fault<E>;
}

impl<C: Handed> Takes<C> for AsFault {
    #[inline]
    fn take(caught: C) -> Fault<C::User> {
        caught.into_fault()
    }
}

/// The type of a closure's parameter.
#[diagnostic::on_unimplemented(
    message = "a fallback cannot be given `{Self}`",
    label = "must be `{E}`, the error type of the function, or `resilience::Fault<{E}>`"
)]
pub trait Asked<E> {
    /// The form that it asks for.
    type As: Taken;
}

impl<E> Asked<E> for E {
    type As = AsError;
}

impl<E> Asked<E> for Fault<E> {
    type As = AsFault;
}

/// The failure in the form that the fallback asks for, an `X`. It comes last: what is not known yet the compiler would infer
/// from it, and then blame the failure.
#[inline]
pub fn catch<C, X>(caught: C, _: PhantomData<X>) -> <X::As as Taken>::Given<C::User>
where
    C: Handed,
    X: Asked<C::User>,
    X::As: Takes<C>,
{
    X::As::take(caught)
}

/// The failure as the user's own error: what an un-annotated `|error|` is given.
#[inline]
pub fn catch_user<C: HandedAsError>(caught: C) -> C::User {
    caught.into_error()
}
