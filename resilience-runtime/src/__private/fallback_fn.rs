//! A fallback given by its path is called with the function's arguments, the error, both, or nothing: whichever
//! signature it has.
//!
//! The candidates are impls for one function type that differ in a marker; the compiler keeps the one whose `Fn` bound
//! holds. Two that hold at once (an argument of the error's own type) are ambiguous: a closure says which is meant.

use super::catch::CatchAs;

/// A function that can stand in for the protected one. `S` is `(self,)` or `()`, `A` the arguments.
#[diagnostic::on_unimplemented(
    message = "this fallback cannot stand in for the function",
    label = "takes something else than the function's arguments, its error, both, or nothing",
    note = "write a closure to say what is meant: `#[fallback(|error| ..)]`; under `when_result` there may be no error to take"
)]
pub trait FallbackFn<Marker, S, A, C> {
    /// What it returns: a value or a future.
    type Returned;
    /// Calls it.
    fn call(self, receiver: S, arguments: A, caught: C) -> Self::Returned;
}

/// Calls the fallback with what it takes.
pub fn fallback_call<M, F, S, A, C>(fallback: F, receiver: S, arguments: A, caught: C) -> F::Returned
where
    F: FallbackFn<M, S, A, C>,
{
    fallback.call(receiver, arguments, caught)
}

/// Markers: which of receiver (`Me`), arguments (`Args`) and error (`Failure<X>`) the function takes.
#[derive(Debug)]
pub struct Takes<M, A, X>(M, A, X);
/// Taken.
#[derive(Debug)]
pub struct Yes;
/// Not taken.
#[derive(Debug)]
pub struct No;
/// The error, as `X`.
#[derive(Debug)]
pub struct Failure<X>(X);

macro_rules! candidate {
    ($marker:ty, [$($receiver:ident)?], [$($argument:ident)*], [$($taken:ident)*], [$($error:ident)?]) => {
        #[allow(non_snake_case, unused_variables)]
        impl<F, Z, $($receiver,)? $($argument,)* C $(, $error)?> FallbackFn<$marker, candidate!(@receiver $($receiver)?), ($($argument,)*), C> for F
        where
            F: FnOnce($($taken,)* $($error)?) -> Z,
            $($error: CatchAs<C>,)?
        {
            type Returned = Z;

            fn call(self, receiver: candidate!(@receiver $($receiver)?), ($($argument,)*): ($($argument,)*), caught: C) -> Z {
                candidate!(@bind receiver $($receiver)?);
                candidate!(@catch caught $($error)?);
                self($($taken,)* $($error)?)
            }
        }
    };
    (@receiver) => { () };
    (@receiver $receiver:ident) => { ($receiver,) };
    (@bind $from:ident) => {};
    (@bind $from:ident $receiver:ident) => { let ($receiver,) = $from; };
    (@catch $from:ident) => {};
    (@catch $from:ident $error:ident) => { let $error: $error = $error::catch_as($from); };
}

macro_rules! candidates {
    ($($argument:ident)*) => {
        candidates!(@some $($argument)*);
        // Without a receiver.
        candidate!(Takes<No, No, No>, [], [$($argument)*], [], []);
        candidate!(Takes<No, No, Failure<X>>, [], [$($argument)*], [], [X]);
        // With one, whether taken or not.
        candidate!(Takes<No, No, No>, [S], [$($argument)*], [], []);
        candidate!(Takes<No, No, Failure<X>>, [S], [$($argument)*], [], [X]);
        candidate!(Takes<Yes, No, No>, [S], [$($argument)*], [S], []);
        candidate!(Takes<Yes, No, Failure<X>>, [S], [$($argument)*], [S], [X]);
    };
    (@some) => {};
    (@some $($argument:ident)+) => {
        candidate!(Takes<No, Yes, No>, [], [$($argument)+], [$($argument)+], []);
        candidate!(Takes<No, Yes, Failure<X>>, [], [$($argument)+], [$($argument)+], [X]);
        candidate!(Takes<No, Yes, No>, [S], [$($argument)+], [$($argument)+], []);
        candidate!(Takes<No, Yes, Failure<X>>, [S], [$($argument)+], [$($argument)+], [X]);
        candidate!(Takes<Yes, Yes, No>, [S], [$($argument)+], [S $($argument)+], []);
        candidate!(Takes<Yes, Yes, Failure<X>>, [S], [$($argument)+], [S $($argument)+], [X]);
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
