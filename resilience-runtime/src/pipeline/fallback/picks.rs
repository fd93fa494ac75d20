//! What a fallback answers for.

use super::super::order::{CatchesAll, CatchesSome};
use crate::core::outcome::{Fault, UserOnly};
use crate::policies::fallback::Recovery;

/// For every failure.
#[derive(Debug, Clone, Copy)]
pub struct Every;

/// For the failures that a predicate picks.
#[derive(Debug, Clone, Copy)]
pub struct When<P>(P);

/// For the failures of `W`, and for the values of `R`.
#[derive(Debug, Clone, Copy)]
pub struct OrResult<W, R>(W, R);

/// For no value.
#[derive(Debug, Clone, Copy)]
pub struct NoResult;

/// For the values that a predicate picks.
#[derive(Debug, Clone, Copy)]
pub struct WhenResult<P>(P);

/// For the failures that its answer does not hand back.
#[derive(Debug, Clone, Copy)]
pub struct Recovering;

impl OrResult<Every, NoResult> {
    pub(super) const NEW: Self = Self(Every, NoResult);
}

impl<W> OrResult<W, NoResult> {
    pub(super) fn when_result<P>(self, when_result: P) -> OrResult<W, WhenResult<P>> {
        OrResult(self.0, WhenResult(when_result))
    }
}

/// What may be narrowed to the failures that a predicate picks.
#[diagnostic::on_unimplemented(
    message = "this fallback has a condition already",
    label = "`when` is said once, and of no answer that hands back what it is not for"
)]
pub trait Narrows {
    /// What it becomes.
    type Narrowed<P>;
    /// It is only for the failures that `when` picks.
    fn narrow<P>(self, when: P) -> Self::Narrowed<P>;
}

impl Narrows for Every {
    type Narrowed<P> = When<P>;

    fn narrow<P>(self, when: P) -> When<P> {
        When(when)
    }
}

impl<R> Narrows for OrResult<Every, R> {
    type Narrowed<P> = OrResult<When<P>, R>;

    fn narrow<P>(self, when: P) -> OrResult<When<P>, R> {
        OrResult(When(when), self.1)
    }
}

/// How much a fallback catches, which decides on its [place](super::super::Above).
pub trait Scope {
    /// The role of the layer.
    type Role;
}

impl Scope for Every {
    type Role = CatchesAll;
}

impl<P> Scope for When<P> {
    type Role = CatchesSome;
}

impl<W: Scope, R> Scope for OrResult<W, R> {
    type Role = W::Role;
}

impl Scope for Recovering {
    type Role = CatchesSome;
}

/// What a fallback is for, and what it is given and asked for then.
pub trait Picks<T, E> {
    /// What the answer is given.
    type Given;
    /// What the answer is.
    type Answer;
    /// What a failure is above it.
    type Caught: From<UserOnly<E>>;
    /// What the answer is given of a failure.
    ///
    /// # Errors
    /// The failure, if it passes.
    fn pick(&self, fault: Fault<E>) -> Result<Self::Given, Self::Caught>;
    /// What the answer is given of a value.
    ///
    /// # Errors
    /// The value, if it passes, as nearly every one does.
    #[inline]
    fn pick_value(&self, value: T) -> Result<Self::Given, T> {
        Err(value)
    }
    /// The answer as the fallback's word on what it was given.
    fn recovery(answer: Self::Answer) -> Recovery<Result<T, E>, Self::Caught>;
}

impl<T, E> Picks<T, E> for Every {
    type Given = Fault<E>;
    type Answer = Result<T, E>;
    type Caught = UserOnly<E>;

    #[inline]
    fn pick(&self, fault: Fault<E>) -> Result<Fault<E>, UserOnly<E>> {
        Ok(fault)
    }

    #[inline]
    fn recovery(answer: Result<T, E>) -> Recovery<Result<T, E>, UserOnly<E>> {
        Recovery::Applied(answer)
    }
}

impl<T, E, P: Fn(&Fault<E>) -> bool> Picks<T, E> for When<P> {
    type Given = Fault<E>;
    type Answer = Result<T, E>;
    type Caught = Fault<E>;

    #[inline]
    fn pick(&self, fault: Fault<E>) -> Result<Fault<E>, Fault<E>> {
        if (self.0)(&fault) { Ok(fault) } else { Err(fault) }
    }

    #[inline]
    fn recovery(answer: Result<T, E>) -> Recovery<Result<T, E>, Fault<E>> {
        Recovery::Applied(answer)
    }
}

impl<T, E> Picks<T, E> for Recovering {
    type Given = Fault<E>;
    type Answer = Recovery<Result<T, E>, Fault<E>>;
    type Caught = Fault<E>;

    #[inline]
    fn pick(&self, fault: Fault<E>) -> Result<Fault<E>, Fault<E>> {
        Ok(fault)
    }

    #[inline]
    fn recovery(answer: Self::Answer) -> Recovery<Result<T, E>, Fault<E>> {
        answer
    }
}

/// Which values a fallback replaces.
pub trait PicksResult<T> {
    /// Whether it replaces this one.
    fn picks(&self, value: &T) -> bool;
}

impl<T> PicksResult<T> for NoResult {
    #[inline]
    fn picks(&self, _: &T) -> bool {
        false
    }
}

impl<T, P: Fn(&T) -> bool> PicksResult<T> for WhenResult<P> {
    #[inline]
    fn picks(&self, value: &T) -> bool {
        (self.0)(value)
    }
}

impl<T, E, W, R> Picks<T, E> for OrResult<W, R>
where
    W: Picks<T, E, Given = Fault<E>, Answer = Result<T, E>>,
    R: PicksResult<T>,
{
    type Given = Result<T, Fault<E>>;
    type Answer = Result<T, E>;
    type Caught = W::Caught;

    #[inline]
    fn pick(&self, fault: Fault<E>) -> Result<Self::Given, W::Caught> {
        self.0.pick(fault).map(Err)
    }

    #[inline]
    fn pick_value(&self, value: T) -> Result<Self::Given, T> {
        if self.1.picks(&value) { Ok(Ok(value)) } else { Err(value) }
    }

    #[inline]
    fn recovery(answer: Result<T, E>) -> Recovery<Result<T, E>, W::Caught> {
        W::recovery(answer)
    }
}
