//! Answers that are there at once, around a sync body and around attempts.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::super::{Around, Attempt, Wrap};
use super::answers::Answers;
use super::picks::Picks;
use crate::context::frame::Frame;
use crate::core::outcome::{Fault, UserOnly};

impl<A, W, T, E> Answers<A, W, T, E>
where
    A: Fn(W::Given) -> W::Answer,
    W: Picks<T, E>,
{
    #[inline]
    fn instead_of(&self, outcome: Result<T, impl Into<Fault<E>>>) -> Result<T, W::Caught> {
        match outcome {
            Ok(value) => self.when.pick_value(value).map_or_else(Ok, |given| self.answer(given)),
            Err(caught) => self.answer(self.when.pick(caught.into())?),
        }
    }

    fn answer(&self, given: W::Given) -> Result<T, W::Caught> {
        let frame = Frame::new();
        let applied = self.fallback.apply(&frame);
        let answer = applied.recovered(W::recovery((self.answer)(given)))?;
        answer.map_err(|error| UserOnly(error).into())
    }
}

impl<A, W, T, E, C> Around<T, C> for Answers<A, W, T, E>
where
    A: Fn(W::Given) -> W::Answer,
    W: Picks<T, E>,
    C: Into<Fault<E>>,
{
    type Caught = W::Caught;

    #[inline]
    fn around<B: FnMut() -> Result<T, C>>(&self, body: &mut B) -> Result<T, W::Caught> {
        self.instead_of(body())
    }
}

impl<'a, I, A, W, T, E> Wrap<I> for &'a Answers<A, W, T, E> {
    type Attempt = Answered<'a, I, A, W, T, E>;

    #[inline]
    fn wrap(self, inner: I) -> Self::Attempt {
        Answered { inner, layer: self }
    }
}

pin_project_lite::pin_project! {
    /// Attempts whose failures are answered.
    pub struct Answered<'a, I, A, W, T, E> {
        #[pin]
        inner: I,
        layer: &'a Answers<A, W, T, E>,
    }
}

impl<I, A, W, T, E> Attempt for Answered<'_, I, A, W, T, E>
where
    I: Attempt<Ok = T, Caught: Into<Fault<E>>>,
    A: Fn(W::Given) -> W::Answer,
    W: Picks<T, E>,
{
    type Ok = T;
    type Caught = W::Caught;

    #[inline]
    fn poll_attempt(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, W::Caught>> {
        let this = self.project();
        let outcome = ready!(this.inner.poll_attempt(cx));
        Poll::Ready(this.layer.instead_of(outcome))
    }

    fn cancel(self: Pin<&mut Self>) {
        self.project().inner.cancel();
    }
}
