//! What a protected function may return.

use super::convert::Policies;
use super::onion::Shape;
use crate::core::outcome::Outcome;
use crate::policies::timeout::{PlainValue, Returned};

/// The return type of a function, which has to be an outcome.
///
/// An expansion names a return type that may be none as [`Return`](Self::Return), so that the compiler says once what is
/// wrong with it, and takes no offence at what follows from it.
#[diagnostic::on_unimplemented(
    message = "a protected function must return `Result<T, E>` or `Option<T>`, not `{Self}`",
    label = "must return `Result<T, E>` or `Option<T>`",
    note = "under attributes any type will do where one of them says with `refused = |error| ...` what is returned in place of a refusal, or where a `#[fallback(..)]` that catches everything is on top; a future under another name is seen where the function ends with `Box::pin(async move {{ .. }})`, or where its type is written out"
)]
pub trait Protected {
    /// Itself.
    type Return;
}

#[diagnostic::do_not_recommend]
impl<R: Outcome> Protected for R {
    type Return = R;
}

/// A return type that is an outcome. With this trait and [`Unjudged`] in scope, a method of `Shape::<R>::NEW` is that of the
/// one that fits.
pub trait Judged: Sized {
    /// Itself.
    type Return;

    /// See [`Splits`](crate::timeout::Splits).
    #[must_use]
    fn judged(self) -> Returned<Self::Return> {
        Returned::NEW
    }

    /// It has failures.
    fn may_fail(self) {}
}

impl<R: Outcome> Judged for Shape<R> {
    type Return = R;
}

/// One that is none.
pub trait Unjudged: Sized {
    /// Itself.
    type Return;

    /// A marker that is content with it: where an outcome was needed, this has been said, and the compiler need not take
    /// offence at a limit as well.
    #[must_use]
    fn judged(self) -> PlainValue<Self::Return> {
        PlainValue::NEW
    }

    /// It has none.
    fn may_fail(self)
    where
        Policies: FailWith<Self::Return>,
    {
    }
}

impl<R> Unjudged for &Shape<R> {
    type Return = R;
}

/// Nothing does.
#[diagnostic::on_unimplemented(
    message = "this attribute waits for a failure that never comes: `{R}` is none, and nothing below may refuse",
    label = "never acts",
    note = "write `when_result = |value| ...` in a fallback, `retry_if_result = |value| ...` in a retry, or return `Result<T, E>` or `Option<T>`"
)]
pub trait FailWith<R> {}
