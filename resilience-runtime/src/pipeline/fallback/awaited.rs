//! Answers that are awaited, around attempts.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::super::{Attempt, Wrap};
use super::answers::AnswersAsync;
use super::picks::Picks;
use crate::context::frame::Frame;
use crate::core::outcome::{Fault, UserOnly};
use crate::policies::fallback::Applied;

impl<'a, I, A, W, F, T, E> Wrap<I> for &'a AnswersAsync<A, W, T, E>
where
    A: Fn(W::Given) -> F,
    W: Picks<T, E>,
{
    type Attempt = AnsweredAsync<'a, I, A, W, F, T, E>;

    #[inline]
    fn wrap(self, inner: I) -> Self::Attempt {
        AnsweredAsync { inner, frame: Frame::new(), answer: None, applied: None, layer: self }
    }
}

pin_project_lite::pin_project! {
    /// Attempts whose failures are answered by a future.
    pub struct AnsweredAsync<'a, I, A, W, F, T, E> {
        #[pin]
        inner: I,
        // Of the attempt under way; its answer takes it over.
        frame: Frame,
        #[pin]
        answer: Option<F>,
        applied: Option<Applied<'a, Frame>>,
        layer: &'a AnswersAsync<A, W, T, E>,
    }
}

impl<I, A, W, F, T, E> Attempt for AnsweredAsync<'_, I, A, W, F, T, E>
where
    I: Attempt<Ok = T, Caught: Into<Fault<E>>>,
    A: Fn(W::Given) -> F,
    F: Future<Output = W::Answer>,
    W: Picks<T, E>,
{
    type Ok = T;
    type Caught = W::Caught;

    #[inline]
    fn poll_attempt(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, W::Caught>> {
        let mut this = self.project();
        let layer = &this.layer.0;
        if this.applied.is_none() {
            let outcome = ready!(this.frame.poll(|| this.inner.poll_attempt(cx)));
            let frame = mem::take(this.frame);
            let given = match outcome {
                Ok(value) => match layer.when.pick_value(value) {
                    Ok(given) => given,
                    Err(value) => return Poll::Ready(Ok(value)),
                },
                Err(caught) => layer.when.pick(caught.into())?,
            };
            *this.applied = Some(layer.fallback.apply(frame));
            this.answer.set(Some((layer.answer)(given)));
        }
        let (Some(applied), Some(answer)) = (this.applied.as_ref(), this.answer.as_mut().as_pin_mut()) else {
            return Poll::Pending;
        };
        let recovery = W::recovery(ready!(applied.poll(|| answer.poll(cx))));
        this.answer.set(None);
        let answer = match this.applied.take() {
            Some(applied) => applied.recovered(recovery)?,
            None => return Poll::Pending,
        };
        Poll::Ready(answer.map_err(|error| UserOnly(error).into()))
    }

    fn cancel(self: Pin<&mut Self>) {
        let mut this = self.project();
        this.inner.cancel();
        *this.frame = Frame::new();
        this.answer.set(None);
        *this.applied = None;
    }
}
