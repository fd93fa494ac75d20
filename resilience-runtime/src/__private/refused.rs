//! `refused = ..`: a refusal becomes what the user's closure makes of it, and `From<resilience::Error>` is asked of nobody.

use crate::core::error::Error;
use crate::core::outcome::{Fault, Nothing};
use crate::function::Call;
use crate::policies::timeout::{PlainValue, Returned};

/// The return type of a function, as the option sees it.
pub trait Refusable {
    /// What a success carries.
    type Ok;
    /// What a failure carries.
    type Err;
    /// What the closure gives: the error of a `Result`, and of any other type the whole.
    type Answer;
    /// What the function returns.
    type Return;
    /// What a fallback is given that may look at the error.
    type Told<F: FnOnce(Error) -> Self::Answer>;

    /// A success.
    fn success(value: Self::Ok) -> Self::Return;
    /// A failure of the body, or of a hook that speaks for it.
    fn failure(error: Self::Err, refused: impl FnOnce(Error) -> Self::Answer) -> Self::Return;
    /// What the closure has made of a refusal.
    fn answer(answer: Self::Answer) -> Self::Return;
    /// A failure as the error of the function.
    fn own(fault: Fault<Self::Err>, refused: impl FnOnce(Error) -> Self::Answer) -> Self::Err;
    /// A failure, and what makes an error of it, should it be asked for.
    fn told<F: FnOnce(Error) -> Self::Answer>(fault: Fault<Self::Err>, refused: F) -> Self::Told<F>;
}

impl<T, E> Refusable for Returned<Result<T, E>> {
    type Ok = T;
    type Err = E;
    type Answer = E;
    type Return = Result<T, E>;
    type Told<F: FnOnce(Error) -> E> = Told<E, F>;

    #[inline(always)]
    fn success(value: T) -> Result<T, E> {
        Ok(value)
    }

    #[inline(always)]
    fn failure(error: E, _: impl FnOnce(Error) -> E) -> Result<T, E> {
        Err(error)
    }

    #[inline(always)]
    fn answer(answer: E) -> Result<T, E> {
        Err(answer)
    }

    #[inline]
    fn own(fault: Fault<E>, refused: impl FnOnce(Error) -> E) -> E {
        match fault {
            Fault::User(error) => error,
            Fault::Refused(refusal) => refused(refusal),
        }
    }

    #[inline]
    fn told<F: FnOnce(Error) -> E>(fault: Fault<E>, refused: F) -> Told<E, F> {
        Told { fault, refused }
    }
}

impl<T> Refusable for Returned<Option<T>> {
    type Ok = T;
    type Err = Nothing;
    type Answer = Option<T>;
    type Return = Option<T>;
    type Told<F: FnOnce(Error) -> Option<T>> = Fault<Nothing>;

    #[inline(always)]
    fn success(value: T) -> Option<T> {
        Some(value)
    }

    #[inline(always)]
    fn failure(_: Nothing, _: impl FnOnce(Error) -> Option<T>) -> Option<T> {
        None
    }

    #[inline(always)]
    fn answer(answer: Option<T>) -> Option<T> {
        answer
    }

    #[inline]
    fn own(_: Fault<Nothing>, _: impl FnOnce(Error) -> Option<T>) -> Nothing {
        Nothing
    }

    #[inline]
    fn told<F: FnOnce(Error) -> Option<T>>(fault: Fault<Nothing>, _: F) -> Fault<Nothing> {
        fault
    }
}

impl<T> Refusable for PlainValue<T> {
    type Ok = T;
    type Err = Error;
    type Answer = T;
    type Return = T;
    type Told<F: FnOnce(Error) -> T> = Fault<Error>;

    #[inline(always)]
    fn success(value: T) -> T {
        value
    }

    #[inline(always)]
    fn failure(error: Error, refused: impl FnOnce(Error) -> T) -> T {
        refused(error)
    }

    #[inline(always)]
    fn answer(answer: T) -> T {
        answer
    }

    #[inline]
    fn own(fault: Fault<Error>, _: impl FnOnce(Error) -> T) -> Error {
        fault.into_user()
    }

    #[inline]
    fn told<F: FnOnce(Error) -> T>(fault: Fault<Error>, _: F) -> Fault<Error> {
        fault
    }
}

/// A failure, and what makes an error of a refusal, should a fallback ask for one.
#[derive(Debug)]
pub struct Told<E, F> {
    pub(super) fault: Fault<E>,
    pub(super) refused: F,
}

/// The way out. A success is taken apart and put together again, as without the option.
#[inline(always)]
pub fn finish_refused<S: Refusable>(
    _: S,
    call: &mut Call<'_>,
    out: Result<S::Ok, impl Into<Fault<S::Err>>>,
    refused: impl FnOnce(Error) -> S::Answer,
) -> S::Return {
    match out.map_err(Into::into) {
        Ok(value) => {
            call.succeed();
            S::success(value)
        }
        Err(Fault::User(error)) => {
            call.fail();
            S::failure(error, refused)
        }
        Err(Fault::Refused(refusal)) => {
            call.refuse();
            S::answer(refused(refusal))
        }
    }
}

/// The same where the body's `None` is a success.
pub fn finish_refused_none<S: Refusable>(
    shape: S,
    call: &mut Call<'_>,
    out: Result<S::Ok, impl Into<Fault<S::Err>>>,
    refused: impl FnOnce(Error) -> S::Answer,
) -> S::Return {
    match out.map_err(Into::into) {
        Err(Fault::User(none)) => {
            call.succeed();
            S::failure(none, refused)
        }
        out => finish_refused(shape, call, out, refused),
    }
}

/// What a fallback is given whose parameter says what it asks for.
#[inline]
pub fn told<S: Refusable, F: FnOnce(Error) -> S::Answer>(_: S, fault: Fault<S::Err>, refused: F) -> S::Told<F> {
    S::told(fault, refused)
}

/// What a fallback is given whose parameter is the error of the function.
#[inline]
pub fn own<S: Refusable>(_: S, fault: Fault<S::Err>, refused: impl FnOnce(Error) -> S::Answer) -> S::Err {
    S::own(fault, refused)
}

/// Whether a fallback with `when` is for this failure.
#[inline]
pub fn picks<S: Refusable>(
    _: S,
    fault: &Fault<S::Err>,
    refused: impl FnOnce(Error) -> S::Answer,
    when: impl FnOnce(&S::Err) -> bool,
) -> bool {
    match fault {
        Fault::User(error) => when(error),
        Fault::Refused(refusal) => when(&S::own(Fault::Refused(refusal.clone()), refused)),
    }
}

/// A function that answers a refusal, given by its path.
#[diagnostic::on_unimplemented(
    message = "`refused` must be a function from `resilience::Error` to `{A}`",
    label = "is no `fn(resilience::Error) -> {A}`",
    note = "or write a closure: `refused = |error| ...`, which sees `self` and the arguments"
)]
pub trait RefusedFn<A> {
    /// Its answer.
    fn answer(self, refusal: Error) -> A;
}

#[diagnostic::do_not_recommend]
impl<A, F: FnOnce(Error) -> A> RefusedFn<A> for F {
    #[inline]
    fn answer(self, refusal: Error) -> A {
        self(refusal)
    }
}

/// Asks it.
#[inline]
pub fn answer_refusal<S: Refusable>(_: S, refusal: Error, answer: impl RefusedFn<S::Answer>) -> S::Answer {
    answer.answer(refusal)
}
