//! Values on their way through the layers.

use std::marker::PhantomData;
use std::pin::Pin;

use super::convert::Convertible;
use crate::core::error::{Error, Wait};
use crate::core::opening::{Board, Source};
use crate::core::outcome::{Fault, Nothing, Outcome, UserOnly};
use crate::function::{Call, Function, Guard};
use crate::policies::timeout::{PlainValue, Returned};

/// The body's return value, inside the layers.
#[inline]
pub fn split<R: Outcome>(returned: R) -> Result<R::Ok, UserOnly<R::Err>> {
    returned.into_result().map_err(UserOnly)
}

/// From "nothing could refuse" to "something may have".
#[inline]
pub fn fault<E, C: Into<Fault<E>>>(caught: C) -> Fault<E> {
    caught.into()
}

/// A refusal.
#[inline]
pub fn refused<T, E>(refusal: Error) -> Result<T, Fault<E>> {
    Err(Fault::Refused(refusal))
}

/// The same for a whole result.
#[inline]
pub fn lift<T, E, C: Into<Fault<E>>>(inner: Result<T, C>) -> Result<T, Fault<E>> {
    inner.map_err(Into::into)
}

/// The way out, where a refusal may escape.
// A success is taken apart and put together again: moved as a whole it would be copied, with the room that its error
// needs.
#[inline(always)]
pub fn finish<'a, R: Outcome<Err: Convertible>>(guard: &mut impl Guard<'a>, out: Result<R::Ok, Fault<R::Err>>) -> R {
    let call = guard.call();
    match out {
        Ok(value) => succeed(call, value),
        Err(Fault::User(error)) => fail(call, error),
        // Taken apart before the call ends: what may unwind needs the whole in memory, to drop it.
        Err(Fault::Refused(refusal)) => match refusal.into_open() {
            Ok((board, id, wait)) => {
                call.refuse();
                is_open(board, id, wait)
            }
            Err(refusal) => {
                call.refuse();
                R::from_result(Err(R::Err::converted(refusal)))
            }
        },
    }
}

/// The way out, where none can.
#[inline(always)]
pub fn finish_user<'a, R: Outcome>(guard: &mut impl Guard<'a>, out: Result<R::Ok, UserOnly<R::Err>>) -> R {
    let call = guard.call();
    match out {
        Ok(value) => succeed(call, value),
        Err(UserOnly(error)) => fail(call, error),
    }
}

#[inline(always)]
fn succeed<R: Outcome>(call: &mut Call<'_>, value: R::Ok) -> R {
    call.succeed();
    R::from_result(Ok(value))
}

#[inline(always)]
fn fail<R: Outcome>(call: &mut Call<'_>, error: R::Err) -> R {
    call.fail();
    R::from_result(Err(error))
}

/// An open circuit refuses by the million, so what it says is handed over in registers: in memory it would be read as a
/// whole right behind the writing of its parts, which stalls.
#[cold]
#[inline(never)]
fn is_open<R: Outcome<Err: Convertible>>(board: &'static Board, id: u64, wait: Wait) -> R {
    R::from_result(Err(R::Err::converted(Error::open_circuit(Source::Fixed(board, id), wait))))
}

/// The return type of a function with a catch-all fallback on top: any type at all.
///
/// The methods for `Result` and `Option` are inherent and win over the trait [`Plain`], which serves every other type.
#[derive(Debug)]
pub struct Shape<R>(PhantomData<fn() -> R>);

impl<R> Shape<R> {
    /// The shape of `R`.
    pub const NEW: Self = Self(PhantomData);

    /// The shape of a value whose type nobody has written.
    #[inline]
    pub const fn of(_: &R) -> Self {
        Self::NEW
    }
}

/// What a function may return as `impl Trait`. A failure would be hidden behind it, so no `Result` and no `Option` is.
#[diagnostic::on_unimplemented(
    message = "this `impl Trait` hides a `{Self}`, and its failures, from the policies",
    label = "write the return type out",
    note = "behind an `impl Trait` everything is a plain value, which does not fail"
)]
pub trait Hideable {}

impl<T, E> Shape<Result<T, E>> {
    /// See [`split`].
    #[allow(clippy::missing_errors_doc, clippy::unused_self)]
    #[inline]
    pub fn split(self, returned: Result<T, E>) -> Result<T, UserOnly<E>> {
        returned.map_err(UserOnly)
    }

    /// See [`Hideable`].
    #[allow(clippy::missing_errors_doc, clippy::unused_self)]
    #[inline]
    pub fn split_hidden(self, returned: Result<T, E>) -> Result<Result<T, E>, UserOnly<Error>>
    where
        Result<T, E>: Hideable,
    {
        Ok(returned)
    }

    /// See [`Splits`](crate::timeout::Splits).
    #[allow(clippy::unused_self)]
    #[must_use]
    pub const fn splits(self) -> Returned<Result<T, E>> {
        Returned::NEW
    }

    /// See [`finish_user`].
    #[allow(clippy::missing_errors_doc, clippy::unused_self)]
    #[inline(always)]
    pub fn finish(self, call: &mut Call<'_>, out: Result<T, UserOnly<E>>) -> Result<T, E> {
        finish_user(call, out)
    }
}

impl<T> Shape<Option<T>> {
    /// See [`split`].
    #[allow(clippy::missing_errors_doc, clippy::unused_self)]
    #[inline]
    pub fn split(self, returned: Option<T>) -> Result<T, UserOnly<Nothing>> {
        returned.ok_or(UserOnly(Nothing))
    }

    /// See [`Hideable`].
    #[allow(clippy::missing_errors_doc, clippy::unused_self)]
    #[inline]
    pub fn split_hidden(self, returned: Option<T>) -> Result<Option<T>, UserOnly<Error>>
    where
        Option<T>: Hideable,
    {
        Ok(returned)
    }

    /// See [`Splits`](crate::timeout::Splits).
    #[allow(clippy::unused_self)]
    #[must_use]
    pub const fn splits(self) -> Returned<Option<T>> {
        Returned::NEW
    }

    /// See [`finish_user`].
    #[allow(clippy::unused_self)]
    #[inline(always)]
    pub fn finish(self, call: &mut Call<'_>, out: Result<T, UserOnly<Nothing>>) -> Option<T> {
        finish_user(call, out)
    }
}

/// A future as a plain value: the policies would be done with it when it is made.
#[diagnostic::on_unimplemented(
    message = "the policies do not see what this future comes to",
    label = "returned without being awaited",
    note = "end the function with `Box::pin(async move {{ .. }})`, or write the type out: `Pin<Box<dyn Future<Output = T> + Send>>`, `impl Future<Output = T>`"
)]
pub trait Awaited {}

impl<F: Future + ?Sized> Shape<Pin<Box<F>>> {
    /// See [`Awaited`].
    #[allow(clippy::missing_errors_doc, clippy::unused_self)]
    pub fn split(self, returned: Pin<Box<F>>) -> Result<Pin<Box<F>>, UserOnly<Error>>
    where
        Pin<Box<F>>: Awaited,
    {
        Ok(returned)
    }
}

/// The shape of a value that cannot fail by itself: only a policy's refusal leads to the fallback.
pub trait Plain<R>: Sized {
    /// See [`split`].
    #[allow(clippy::missing_errors_doc)]
    #[inline]
    fn split(self, returned: R) -> Result<R, UserOnly<Error>> {
        Ok(returned)
    }

    /// See [`Hideable`].
    #[allow(clippy::missing_errors_doc)]
    #[inline]
    fn split_hidden(self, returned: R) -> Result<R, UserOnly<Error>> {
        Ok(returned)
    }

    /// See [`Splits`](crate::timeout::Splits).
    fn splits(self) -> PlainValue<R> {
        PlainValue::NEW
    }

    /// The value, as the function returns it.
    #[inline]
    fn finish(self, call: &mut Call<'_>, out: Result<R, UserOnly<Error>>) -> R {
        match out {
            Ok(value) => {
                call.succeed();
                value
            }
            // The macros use a plain shape only under a fallback that catches everything and answers with a value.
            Err(UserOnly(refusal)) => escaped(call.function(), &refusal),
        }
    }
}

impl<R> Plain<R> for Shape<R> {}

#[cold]
fn escaped(function: &Function, refusal: &Error) -> ! {
    unreachable!("{} ({}:{}): {refusal} escaped", function.path(), function.file(), function.line())
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::context::frame::Frame;
    use crate::function::Declared;

    #[test]
    fn what_cannot_be_names_the_function_in_which_it_was() {
        static FUNCTION: Function =
            Function::new(Declared { path: "app::news", place: 7 << 32, layers: &[], settings: &[] });
        let frame = Frame::new();
        let mut call = Call::enter(&FUNCTION, &frame);
        let refusal = Error::rate_limited("upstream", None);
        let finish = || Shape::<u32>::NEW.finish(&mut call, Err(UserOnly(refusal)));
        let panic = catch_unwind(AssertUnwindSafe(finish)).unwrap_err();
        let text = panic.downcast_ref::<String>().unwrap();
        assert!(text.contains(concat!("app::news (", file!(), ":7): rate limit `upstream`")), "{text}");
    }
}
