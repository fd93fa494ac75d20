//! Questions about a type that stable Rust answers by method probing: the first candidate that fits wins.

use std::fmt::{Debug, Display};
use std::future::{Future, Ready, ready};

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

    fn take(&mut self) -> Ready<T> {
        ready(taken(self))
    }
}

// An expansion fills each slot right before it takes from it, once.
#[allow(clippy::expect_used)]
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

/// An error's text, by `(&Show(error)).text()`: its `Display`, else its `Debug`, else the name of its type.
#[derive(Debug)]
pub struct Show<'a, T: ?Sized>(pub &'a T);

impl<T: Display + ?Sized> Show<'_, T> {
    /// The error's own words.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.to_string()
    }
}

/// An error without `Display`.
pub trait ShowDebug {
    /// Its `Debug` form.
    fn text(&self) -> String;
}

impl<T: Debug + ?Sized> ShowDebug for Show<'_, T> {
    fn text(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// An error without either.
pub trait ShowType {
    /// The name of its type.
    fn text(&self) -> String;
}

impl<T: ?Sized> ShowType for &Show<'_, T> {
    fn text(&self) -> String {
        std::any::type_name::<T>().to_owned()
    }
}
