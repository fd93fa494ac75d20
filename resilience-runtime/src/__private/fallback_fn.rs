//! A fallback given by its path is called with the function's arguments, the error, both, or nothing: whichever
//! signature it has.
//!
//! The candidates are impls for one function type that differ in markers; the compiler keeps the one whose `Fn` bound
//! holds. Two that hold at once (an argument of the error's own type) are ambiguous: a closure says which is meant. Each
//! says every type that the function takes, so that one which takes others fits none of them, and the compiler says so.

use super::catch::{AsError, AsFault, Handed, No, Taken, Takes};
use crate::core::outcome::Fault;

/// A function that can stand in for one whose error type is `E`. `S` is `(self,)` or `()`, `A` the arguments.
#[diagnostic::on_unimplemented(
    message = "this fallback cannot stand in for the function: it is `{Self}`",
    label = "takes neither the arguments `{A}`, nor the error `{E}`, nor both, nor nothing",
    note = "it may be `fn{A}`, `fn({E})` or `fn()`, or take the arguments and then the error; it may take a `resilience::Fault<{E}>` in place of the error, `self` in front of all, and be `async` where the function is",
    note = "or write a closure: `#[fallback(|error| ...)]`, which sees `self` and the arguments"
)]
pub trait FallbackFn<Marker, X: Taken, S, A, E, Z> {
    /// Calls it. It returns a value or a future.
    fn call(self, receiver: S, arguments: A, given: X::Given<E>) -> Z;
}

/// Calls the fallback with what it takes. It comes last: what is not known yet the compiler would infer from it, and then
/// blame the failure.
pub fn fallback_call<M, X, S, A, C, F, Z>(receiver: S, arguments: A, caught: C, fallback: F) -> Z
where
    C: Handed,
    X: Takes<C>,
    F: FallbackFn<M, X, S, A, C::User, Z>,
{
    fallback.call(receiver, arguments, X::take(caught))
}

/// A function that can stand in for another where there may be a value in place of an error: it takes none.
#[diagnostic::on_unimplemented(
    message = "this fallback cannot stand in for the function: it is `{Self}`",
    label = "takes neither the arguments `{A}` nor nothing",
    note = "under `when_result` there may be a value in place of an error, so the fallback cannot ask for one: it may be `fn{A}` or `fn()`, take `self` in front, and be `async` where the function is",
    note = "to look at errors put a second `#[fallback(..)]` below, with `when = |error| ...`"
)]
pub trait StandInFn<Marker, S, A, Z> {
    /// Calls it. It returns a value or a future.
    fn call(self, receiver: S, arguments: A) -> Z;
}

/// Calls the fallback with what it takes.
pub fn stand_in_call<M, S, A, C, F, Z>(receiver: S, arguments: A, caught: C, fallback: F) -> Z
where
    F: StandInFn<M, S, A, Z>,
{
    drop(caught);
    fallback.call(receiver, arguments)
}

/// Markers: which of receiver and arguments the function takes.
#[derive(Debug)]
pub struct Fits<M, A>(M, A);
/// Taken.
#[derive(Debug)]
pub struct Yes;

macro_rules! candidate {
    ($marker:ty, [$($receiver:ident)?], [$($argument:ident)*], [$($taken:ident)*]) => {
        candidate!($marker, No, [$($receiver)?], [$($argument)*], [$($taken)*], []);
        candidate!($marker, AsError, [$($receiver)?], [$($argument)*], [$($taken)*], [E]);
        candidate!($marker, AsFault, [$($receiver)?], [$($argument)*], [$($taken)*], [Fault<E>]);

        #[allow(non_snake_case, unused_variables)]
        impl<F, Z, $($receiver,)? $($argument),*>
            StandInFn<$marker, candidate!(@receiver $($receiver)?), ($($argument,)*), Z> for F
        where
            F: FnOnce($($taken),*) -> Z,
        {
            fn call(self, receiver: candidate!(@receiver $($receiver)?), ($($argument,)*): ($($argument,)*)) -> Z {
                candidate!(@bind receiver $($receiver)?);
                self($($taken),*)
            }
        }
    };
    ($marker:ty, $form:ty, [$($receiver:ident)?], [$($argument:ident)*], [$($taken:ident)*], [$($error:ty)?]) => {
        #[allow(non_snake_case, unused_variables)]
        impl<F, Z, $($receiver,)? $($argument,)* E>
            FallbackFn<$marker, $form, candidate!(@receiver $($receiver)?), ($($argument,)*), E, Z> for F
        where
            F: FnOnce($($taken,)* $($error)?) -> Z,
        {
            fn call(
                self,
                receiver: candidate!(@receiver $($receiver)?),
                ($($argument,)*): ($($argument,)*),
                given: <$form as Taken>::Given<E>,
            ) -> Z {
                candidate!(@bind receiver $($receiver)?);
                candidate!(@call self [$($taken)*] given $($error)?)
            }
        }
    };
    (@receiver) => { () };
    (@receiver $receiver:ident) => { ($receiver,) };
    (@bind $from:ident) => {};
    (@bind $from:ident $receiver:ident) => { let ($receiver,) = $from; };
    (@call $fallback:ident [$($taken:ident)*] $given:ident) => { $fallback($($taken),*) };
    (@call $fallback:ident [$($taken:ident)*] $given:ident $error:ty) => { $fallback($($taken,)* $given) };
}

macro_rules! candidates {
    ($($argument:ident)*) => {
        candidates!(@some $($argument)*);
        // Without a receiver.
        candidate!(Fits<No, No>, [], [$($argument)*], []);
        // With one, whether taken or not.
        candidate!(Fits<No, No>, [S], [$($argument)*], []);
        candidate!(Fits<Yes, No>, [S], [$($argument)*], [S]);
    };
    (@some) => {};
    (@some $($argument:ident)+) => {
        candidate!(Fits<No, Yes>, [], [$($argument)+], [$($argument)+]);
        candidate!(Fits<No, Yes>, [S], [$($argument)+], [$($argument)+]);
        candidate!(Fits<Yes, Yes>, [S], [$($argument)+], [S $($argument)+]);
    };
}

candidates!();
candidates!(A1);
candidates!(A1 A2);
candidates!(A1 A2 A3);
candidates!(A1 A2 A3 A4);
candidates!(A1 A2 A3 A4 A5);
candidates!(A1 A2 A3 A4 A5 A6);
candidates!(A1 A2 A3 A4 A5 A6 A7);
candidates!(A1 A2 A3 A4 A5 A6 A7 A8);
