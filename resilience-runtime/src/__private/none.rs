//! `none_is = success`: the `None` of a body is an answer.

use super::convert::Convertible;
use super::onion::finish;
use crate::core::outcome::{Caught, Fault, Nothing, Outcome, UserOnly};
use crate::function::Call;

/// The error type of a function whose `None` can be a success.
#[diagnostic::on_unimplemented(
    message = "`none_is` says what the `None` of an `Option<T>` means, and this function fails with `{Self}`",
    label = "for functions that return `Option<T>`"
)]
pub trait NoneOfOption {
    /// That of a `None`.
    const NONE: Self;
}

impl NoneOfOption for Nothing {
    const NONE: Self = Self;
}

/// Whether a failure is the body's `None`.
#[inline]
pub fn is_none<C: Caught<User: NoneOfOption>>(caught: &C) -> bool {
    caught.user().is_some()
}

/// The same of an outcome.
#[inline]
pub fn is_none_in<T, C: Caught<User: NoneOfOption>>(outcome: &Result<T, C>) -> bool {
    outcome.as_ref().err().is_some_and(is_none)
}

/// What a breaker's `failure_if` is then.
#[inline]
pub fn is_no_failure<N: NoneOfOption>(_: &N) -> bool {
    false
}

/// The body's `None` as a failure further out.
#[inline]
pub fn none<C: Caught<User: NoneOfOption>, D: Caught<User = C::User>>(_: &C) -> D {
    D::from_user(NoneOfOption::NONE)
}

/// The way out where `None` is a success, and a refusal may escape.
pub fn finish_none<R: Outcome<Err: Convertible>>(call: &mut Call<'_>, out: Result<R::Ok, Fault<R::Err>>) -> R {
    match out {
        Err(Fault::User(none)) => finish_none_user(call, Err(UserOnly(none))),
        out => finish(call, out),
    }
}

/// The way out where `None` is a success, and none can.
pub fn finish_none_user<R: Outcome>(call: &mut Call<'_>, out: Result<R::Ok, UserOnly<R::Err>>) -> R {
    call.succeed();
    R::from_result(out.map_err(|UserOnly(none)| none))
}
