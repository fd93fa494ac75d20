//! A refusal as the error of a function, through `From<resilience::Error>`.

use std::marker::PhantomData;

use crate::core::error::Error;

/// An error type that a policy's refusal can be turned into: every `E: From<resilience::Error>`.
///
/// It exists, beside [`FromRefusal`](crate::FromRefusal), to say what an attribute can do about an error type that is none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot carry a resilience failure",
    label = "give one of the attributes `refused = |error| ...`; an error type of your own otherwise needs `impl From<resilience::Error> for {Self}`",
    note = "a policy may refuse the call: `refused`, a closure or the path of a function, says which `{Self}` that is, also where it is a type of another crate",
    note = "neither is needed under a `#[fallback(..)]` that catches everything and does not look at the error: `|_| ...`"
)]
pub trait Convertible {
    /// The refusal as an error of this type.
    fn converted(refusal: Error) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<Error>> Convertible for E {
    #[inline(always)]
    fn converted(refusal: Error) -> Self {
        Self::from(refusal)
    }
}

/// The same for an error type that may be generic, by `Conversion::<E>::NEW.convert(refusal)` with [`NoConversion`] in
/// scope. For an unmet bound on a type parameter the compiler advises to write that very bound, a trait of ours. So what is
/// missing is looked for by name here, and found in a form that no bound would help.
#[derive(Debug)]
pub struct Conversion<E>(PhantomData<fn() -> E>);

impl<E> Conversion<E> {
    /// That into `E`.
    pub const NEW: Self = Self(PhantomData);
}

impl<E: From<Error>> Conversion<E> {
    /// The refusal as an error of this type.
    #[allow(clippy::unused_self)]
    #[inline(always)]
    pub fn convert(self, refusal: Error) -> E {
        E::from(refusal)
    }
}

/// There is no conversion.
pub trait NoConversion<E>: Sized {
    /// Never called: nothing satisfies its bound.
    fn convert(self, refusal: Error) -> E
    where
        Policies: Refuse<E>,
    {
        Policies::refuse(refusal)
    }
}

impl<E> NoConversion<E> for Conversion<E> {}

/// Those of a function.
#[derive(Debug)]
pub struct Policies;

/// Nobody does it.
#[diagnostic::on_unimplemented(
    message = "`{E}` cannot carry a resilience failure",
    label = "give one of the attributes `refused = |error| ...`, or have `{E}: From<resilience::Error>`",
    note = "a policy may refuse the call: `refused`, a closure or the path of a function, says which `{E}` that is",
    note = "neither is needed under a `#[fallback(..)]` that catches everything and does not look at the error: `|_| ...`"
)]
pub trait Refuse<E> {
    /// Never called.
    fn refuse(refusal: Error) -> E;
}
