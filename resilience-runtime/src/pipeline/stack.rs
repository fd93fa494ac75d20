//! What a layer is: around a sync body, and around the attempts of an async one.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What may be a layer of a [`Pipeline`](super::Pipeline): a policy of this crate, or what its `with` makes of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no layer of a pipeline",
    label = "must be a `Retry`, a `CircuitBreaker`, a `Timeout`, or what `with(..)` makes of a policy",
    note = "a fallback needs to be told what to answer: `fallback.with(|fault| ..)`; a member of a family is looked up first: `family.get(&key)`"
)]
pub trait Layer: Sealed {
    /// What it does to failures, which decides on its [place](super::Above).
    type Role;
}

/// Nobody else's types are layers: what one is may grow.
pub trait Sealed {}

/// A layer, or a stack of them, around a sync body whose failures are `C`.
pub trait Around<T, C> {
    /// What a failure is above it.
    type Caught;
    /// Calls the body, as often as it takes.
    #[allow(clippy::missing_errors_doc)]
    fn around<B: FnMut() -> Result<T, C>>(&self, body: &mut B) -> Result<T, Self::Caught>;
}

impl<T, C> Around<T, C> for () {
    type Caught = C;

    #[inline]
    fn around<B: FnMut() -> Result<T, C>>(&self, body: &mut B) -> Result<T, C> {
        body()
    }
}

impl<T, C, L, P> Around<T, C> for (L, P)
where
    P: Around<T, C>,
    L: Around<T, P::Caught>,
{
    type Caught = L::Caught;

    #[inline]
    fn around<B: FnMut() -> Result<T, C>>(&self, body: &mut B) -> Result<T, L::Caught> {
        let (outer, inner) = self;
        outer.around(&mut || inner.around(body))
    }
}

/// Attempts of an async call, one after the other. A retry further out may ask for another one when one is over, so it is
/// no future.
pub trait Attempt {
    /// What a success carries.
    type Ok;
    /// What a failure is.
    type Caught;
    /// Polls the attempt under way, or begins one.
    fn poll_attempt(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Self::Ok, Self::Caught>>;
    /// Drops the attempt under way, if there is one.
    fn cancel(self: Pin<&mut Self>);
}

/// A reference to a layer, or to a stack of them, that goes around attempts.
pub trait Wrap<I> {
    /// The attempts as they are above it.
    type Attempt;
    /// Goes around `inner`.
    fn wrap(self, inner: I) -> Self::Attempt;
}

impl<I> Wrap<I> for &() {
    type Attempt = I;

    #[inline]
    fn wrap(self, inner: I) -> I {
        inner
    }
}

impl<'a, I, L, P> Wrap<I> for &'a (L, P)
where
    &'a P: Wrap<I>,
    &'a L: Wrap<<&'a P as Wrap<I>>::Attempt>,
{
    type Attempt = <&'a L as Wrap<<&'a P as Wrap<I>>::Attempt>>::Attempt;

    #[inline]
    fn wrap(self, inner: I) -> Self::Attempt {
        let (outer, layer) = self;
        outer.wrap(layer.wrap(inner))
    }
}

/// A policy with a rule of its own about the outcomes of calls that return a `T` or fail with an `E`.
pub struct With<P, J, T, E> {
    pub(super) policy: P,
    pub(super) rule: J,
    of: PhantomData<fn(T, E)>,
}

impl<P, J, T, E> With<P, J, T, E> {
    pub(super) const fn new(policy: P, rule: J) -> Self {
        Self { policy, rule, of: PhantomData }
    }
}

impl<P: Clone, J: Clone, T, E> Clone for With<P, J, T, E> {
    fn clone(&self) -> Self {
        Self::new(self.policy.clone(), self.rule.clone())
    }
}

impl<P: fmt::Debug, J, T, E> fmt::Debug for With<P, J, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("With").field(&self.policy).finish_non_exhaustive()
    }
}

/// The rule of a policy that is a layer as it is.
#[derive(Debug, Clone, Copy)]
pub struct ByDefault;
