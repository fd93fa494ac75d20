//! What a call came to: the two shapes of result a function may have, and the verdict of a policy on it.

mod lookup;
mod seen;
mod words;

use std::fmt;

use crate::core::error::Error;
pub use lookup::Lookup;
pub(crate) use seen::refusal_in;
pub(crate) use words::{name_of, words};

/// What the error type of an [`Option`] is: there is nothing to say. A refusal becomes it, and so `None`.
///
/// ```
/// use resilience::{Error, Nothing, Outcome};
///
/// assert_eq!(None::<u32>.into_result(), Err(Nothing));
/// assert_eq!(Nothing::from(Error::rate_limited("search", None)).to_string(), "no value");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nothing;

impl From<Error> for Nothing {
    fn from(_: Error) -> Self {
        Self
    }
}

impl fmt::Display for Nothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no value")
    }
}

/// A return type with a failure in it: `Result<T, E>` or `Option<T>`. A [`Lookup`] has none.
/// There are no others, and none can be added.
///
/// ```
/// use resilience::Outcome;
///
/// fn failed<R: Outcome>(outcome: &R) -> bool {
///     outcome.is_failure()
/// }
/// assert!(failed(&None::<u32>) && failed(&Err::<u32, _>("down")) && !failed(&Some(3)));
///
/// assert_eq!(Some(3).into_result(), Ok(3));
/// assert_eq!(Option::from_result(Ok(3)), Some(3));
/// ```
#[diagnostic::on_unimplemented(
    message = "a protected function must return `Result<T, E>` or `Option<T>`, not `{Self}`",
    label = "must return `Result<T, E>` or `Option<T>`",
    note = "under attributes any type will do where one of them says with `refused = |error| ...` what is returned in place of a refusal, or where a `#[fallback(..)]` that catches everything is on top; a future under another name is seen where the function ends with `Box::pin(async move {{ .. }})`, or where its type is written out"
)]
pub trait Outcome: sealed::Sealed + Sized {
    /// What a success carries.
    type Ok;
    /// What a failure carries.
    type Err;
    /// The success or the failure.
    ///
    /// # Errors
    /// The failure, when `self` is one.
    fn into_result(self) -> Result<Self::Ok, Self::Err>;
    /// The outcome of a success or a failure.
    fn from_result(result: Result<Self::Ok, Self::Err>) -> Self;
    /// The failure, when this is one.
    fn error(&self) -> Option<&Self::Err>;
    /// Whether this is a failure.
    fn is_failure(&self) -> bool {
        self.error().is_some()
    }
}

mod sealed {
    pub trait Sealed {}

    impl<T, E> Sealed for Result<T, E> {}
    impl<T> Sealed for Option<T> {}
    impl<T> Sealed for super::Lookup<T> {}
}

impl<T, E> Outcome for Result<T, E> {
    type Ok = T;
    type Err = E;

    #[inline]
    fn into_result(self) -> Self {
        self
    }

    #[inline]
    fn from_result(result: Self) -> Self {
        result
    }

    #[inline]
    fn error(&self) -> Option<&E> {
        self.as_ref().err()
    }
}

impl<T> Outcome for Option<T> {
    type Ok = T;
    type Err = Nothing;

    #[inline]
    fn into_result(self) -> Result<T, Nothing> {
        self.ok_or(Nothing)
    }

    #[inline]
    fn from_result(result: Result<T, Nothing>) -> Self {
        result.ok()
    }

    #[inline]
    fn error(&self) -> Option<&Nothing> {
        if self.is_none() { Some(&Nothing) } else { None }
    }
}

/// An error type that a policy's refusal can be turned into.
///
/// Implemented for every `E: From<resilience::Error>`; it exists so that the compiler can say what is missing.
///
/// ```
/// use resilience::{Error, FromRefusal};
///
/// let text = String::from_refusal(Error::rate_limited("search", None));
/// assert_eq!(text, "rate limit `search` is used up");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot carry a resilience failure",
    label = "needs `impl From<resilience::Error> for {Self}`",
    note = "a policy may refuse the call; what that becomes of an error type of another crate a pipeline is told: `Pipeline::new().layer(policy).refused(|error| ..)`"
)]
pub trait FromRefusal {
    /// The refusal as an error of this type.
    fn from_refusal(error: Error) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<Error>> FromRefusal for E {
    fn from_refusal(error: Error) -> Self {
        Self::from(error)
    }
}

/// A failure on its way through the layers of a protected function: whose is it? There will be no third case.
///
/// ```
/// use resilience::{Error, Fault};
///
/// fn status(fault: &Fault<u16>) -> u16 {
///     match fault {
///         Fault::User(status) => *status,
///         Fault::Refused(_) => 503,
///     }
/// }
/// assert_eq!(status(&Fault::User(404)), 404);
/// assert_eq!(status(&Fault::Refused(Error::rate_limited("search", None))), 503);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault<E> {
    /// The body's own error, untouched.
    User(E),
    /// A policy's refusal.
    Refused(Error),
}

impl<E> Fault<E> {
    /// The body's error, if it was the body that failed.
    ///
    /// ```
    /// use resilience::{Error, Fault};
    ///
    /// let own = Fault::User(404);
    /// assert_eq!((own.user(), own.refusal()), (Some(&404), None));
    ///
    /// let refused = Fault::<u16>::Refused(Error::rate_limited("search", None));
    /// assert_eq!((refused.user(), refused.refusal().map(Error::name)), (None, Some("search")));
    /// ```
    #[must_use]
    pub const fn user(&self) -> Option<&E> {
        match self {
            Self::User(error) => Some(error),
            Self::Refused(_) => None,
        }
    }

    /// The refusal, if it was a policy that refused. For an example see [`user`](Self::user).
    #[must_use]
    pub const fn refusal(&self) -> Option<&Error> {
        match self {
            Self::User(_) => None,
            Self::Refused(refusal) => Some(refusal),
        }
    }
}

impl<E: FromRefusal> Fault<E> {
    /// The failure as the user's error.
    #[inline]
    pub(crate) fn into_user(self) -> E {
        match self {
            Self::User(error) => error,
            Self::Refused(refusal) => E::from_refusal(refusal),
        }
    }
}

impl<E: fmt::Display> fmt::Display for Fault<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(error) => error.fmt(f),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

/// A failure while no policy below could have refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserOnly<E>(pub E);

impl<E> From<UserOnly<E>> for Fault<E> {
    fn from(UserOnly(error): UserOnly<E>) -> Self {
        Self::User(error)
    }
}

/// A failure inside the layers: [`Fault`] where a policy may have refused, [`UserOnly`] where none could.
///
/// ```
/// use resilience::Fault;
/// use resilience::pipeline::Caught;
///
/// fn status<C: Caught<User = u16>>(caught: &C) -> u16 {
///     caught.user().copied().unwrap_or(503)
/// }
/// assert_eq!(status(&Fault::User(404)), 404);
/// ```
pub trait Caught {
    /// The error type of the body.
    type User;
    /// The body's error, if it was the body that failed.
    fn user(&self) -> Option<&Self::User>;
    /// The refusal, if it was a policy that refused.
    fn refusal(&self) -> Option<&Error>;
    /// An error of the body, or of a hook that speaks for it.
    fn from_user(error: Self::User) -> Self;
}

impl<E> Caught for Fault<E> {
    type User = E;

    fn user(&self) -> Option<&E> {
        Self::user(self)
    }

    fn refusal(&self) -> Option<&Error> {
        Self::refusal(self)
    }

    fn from_user(error: E) -> Self {
        Self::User(error)
    }
}

impl<E> Caught for UserOnly<E> {
    type User = E;

    fn user(&self) -> Option<&E> {
        Some(&self.0)
    }

    fn refusal(&self) -> Option<&Error> {
        None
    }

    fn from_user(error: E) -> Self {
        Self(error)
    }
}

/// What a policy makes of a finished call.
///
/// ```
/// use resilience::Verdict;
///
/// assert_eq!(Verdict::of(&Some(3)), Verdict::Success);
/// assert_eq!(Verdict::of(&Err::<(), _>("down")), Verdict::Failure);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The dependency did its job.
    Success,
    /// It did not.
    Failure,
    /// The call says nothing about the dependency and is not recorded.
    Ignored,
}

impl Verdict {
    /// What a breaker without predicates makes of an outcome: `Err(_)` and `None` are failures, everything else is a
    /// success. A refusal of a policy further in that never ran the body says nothing about the dependency: it is
    /// [`Ignored`](Self::Ignored), where the error type shows it: [`Error`] itself, or inside of a [`std::io::Error`] or a
    /// boxed error.
    ///
    /// ```
    /// use std::io;
    /// use resilience::{Error, Verdict};
    ///
    /// let refusal = Error::rate_limited("search", None);
    /// assert_eq!(Verdict::of(&Err::<(), _>(refusal.clone())), Verdict::Ignored);
    /// assert_eq!(Verdict::of(&Err::<(), _>(io::Error::from(refusal))), Verdict::Ignored);
    /// ```
    #[must_use]
    pub fn of<R: Outcome<Err: 'static>>(outcome: &R) -> Self {
        outcome.error().map_or(Self::Success, Self::of_error)
    }

    /// The same for a failure inside the layers of a [`Pipeline`](crate::pipeline), which shows every refusal.
    ///
    /// ```
    /// use resilience::{Error, Fault, Verdict};
    ///
    /// let refused = Fault::<u16>::Refused(Error::rate_limited("search", None));
    /// assert_eq!(Verdict::of_fault(&refused), Verdict::Ignored);
    /// assert_eq!(Verdict::of_fault(&Fault::User(503)), Verdict::Failure);
    /// ```
    #[must_use]
    pub fn of_fault<E>(fault: &Fault<E>) -> Self {
        fault.refusal().map_or(Self::Failure, Self::of_refusal)
    }

    #[inline]
    pub(crate) fn of_error<E: 'static>(error: &E) -> Self {
        refusal_in(error).map_or(Self::Failure, Self::of_refusal)
    }

    /// A time-out is a failure; any other refusal never reached the dependency.
    #[inline]
    pub(crate) fn of_refusal(refusal: &Error) -> Self {
        if refusal.body_ran() { Self::Failure } else { Self::Ignored }
    }
}
