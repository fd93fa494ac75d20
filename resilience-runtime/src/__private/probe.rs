//! Questions about a type that stable Rust answers by method probing: the first candidate that fits wins.

use std::fmt::{Debug, Display};
use std::future::{Future, Ready, ready};
use std::marker::PhantomData;

use crate::core::excerpt;
use crate::core::outcome::Caught;

/// A hook's or fallback's answer, which may be a value or a future of one: `(&mut &mut slot).take().await`, with both
/// traits in scope.
#[derive(Debug)]
pub struct Slot<T>(pub Option<T>);

/// The answer is a future.
pub trait TakeFuture {
    /// It.
    type Future;
    /// Takes it.
    fn take(&mut self) -> Self::Future;
}

impl<F: Future> TakeFuture for &mut Slot<F> {
    type Future = F;

    #[track_caller]
    fn take(&mut self) -> F {
        taken(self)
    }
}

/// The answer is a value.
pub trait TakeValue {
    /// It, ready to be awaited.
    type Future;
    /// Takes it.
    fn take(&mut self) -> Self::Future;
}

impl<T> TakeValue for Slot<T> {
    type Future = Ready<T>;

    #[track_caller]
    fn take(&mut self) -> Ready<T> {
        ready(taken(self))
    }
}

// An expansion fills each slot right before it takes from it, once.
#[allow(clippy::expect_used)]
#[track_caller]
fn taken<T>(slot: &mut Slot<T>) -> T {
    slot.0.take().expect("a slot is taken from once")
}

/// What a `before_retry` hook may return.
#[diagnostic::on_unimplemented(
    message = "a `before_retry` hook must return `()` or `Result<(), {E}>`, not `{Self}`",
    label = "this hook's result"
)]
pub trait HookOutcome<E> {
    /// Whether the retry goes on.
    ///
    /// # Errors
    /// The hook's own, which ends the retry.
    fn into_result(self) -> Result<(), E>;
}

impl<E> HookOutcome<E> for () {
    fn into_result(self) -> Result<(), E> {
        Ok(())
    }
}

impl<E> HookOutcome<E> for Result<(), E> {
    fn into_result(self) -> Self {
        self
    }
}

/// See [`HookOutcome`].
#[allow(clippy::missing_errors_doc)]
pub fn hook_result<E, H: HookOutcome<E>>(hook: H) -> Result<(), E> {
    hook.into_result()
}

/// How an error is put into words, by `(&Words::of(&caught)).text()` with both traits in scope: its `Display`, else its
/// `Debug`, else the name of its type. A function and no closure: the compiler has no further body to check.
#[derive(Debug)]
pub struct Words<C>(PhantomData<fn(C)>);

impl<C> Words<C> {
    /// Those for the user's error in `caught`.
    pub const fn of(_: &C) -> Self {
        Self(PhantomData)
    }

    /// Those for the user's error in a result.
    pub const fn of_result<T>(_: &Result<T, C>) -> Self {
        Self(PhantomData)
    }
}

impl<C: Caught<User: Display>> Words<C> {
    /// The error's own words.
    #[must_use]
    pub const fn text(&self) -> fn(&C::User) -> String {
        |error| excerpt::of(format_args!("{error}"))
    }
}

/// An error without `Display`.
pub trait WordsDebug {
    /// The user's error.
    type Error;
    /// Its `Debug` form.
    fn text(&self) -> fn(&Self::Error) -> String;
}

impl<C: Caught<User: Debug>> WordsDebug for Words<C> {
    type Error = C::User;

    fn text(&self) -> fn(&C::User) -> String {
        |error| excerpt::of(format_args!("{error:?}"))
    }
}

/// An error without either.
pub trait WordsType {
    /// The user's error.
    type Error;
    /// The name of its type.
    fn text(&self) -> fn(&Self::Error) -> String;
}

impl<C: Caught> WordsType for &Words<C> {
    type Error = C::User;

    fn text(&self) -> fn(&C::User) -> String {
        |_| excerpt::of(format_args!("{}", std::any::type_name::<C::User>()))
    }
}
