//! The two ends of an async call: the body inside of all layers, and the future outside of them.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::{Attempt, ByFrom, Exits};
use crate::core::outcome::{Outcome, UserOnly};

pin_project_lite::pin_project! {
    /// The body: it is called when an attempt begins.
    pub struct Body<B, F> {
        body: B,
        #[pin]
        future: Option<F>,
    }
}

impl<B, F> Body<B, F> {
    pub(super) const fn new(body: B) -> Self {
        Self { body, future: None }
    }
}

impl<B, F> Attempt for Body<B, F>
where
    B: FnMut() -> F,
    F: Future<Output: Outcome>,
{
    type Ok = <F::Output as Outcome>::Ok;
    type Caught = UserOnly<<F::Output as Outcome>::Err>;

    #[inline]
    fn poll_attempt(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Self::Ok, Self::Caught>> {
        let mut this = self.project();
        loop {
            if let Some(future) = this.future.as_mut().as_pin_mut() {
                let outcome = ready!(future.poll(cx));
                this.future.set(None);
                return Poll::Ready(outcome.into_result().map_err(UserOnly));
            }
            let future = (this.body)();
            this.future.set(Some(future));
        }
    }

    fn cancel(self: Pin<&mut Self>) {
        self.project().future.set(None);
    }
}

pin_project_lite::pin_project! {
    /// The future of [`Pipeline::call_async`](super::Pipeline::call_async).
    #[must_use = "futures do nothing unless polled"]
    pub struct Calling<A, R, X = ByFrom> {
        #[pin]
        attempt: A,
        refusals: X,
        returns: PhantomData<fn() -> R>,
    }
}

impl<A, R, X> Calling<A, R, X> {
    pub(super) const fn new(attempt: A, refusals: X) -> Self {
        Self { attempt, refusals, returns: PhantomData }
    }
}

impl<A, R, X> Future for Calling<A, R, X>
where
    R: Outcome,
    A: Attempt<Ok = R::Ok>,
    X: Exits<A::Caught, R>,
{
    type Output = R;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        let this = self.project();
        let outcome = ready!(this.attempt.poll_attempt(cx));
        Poll::Ready(outcome.map_or_else(|caught| this.refusals.exit(caught), |value| R::from_result(Ok(value))))
    }
}

impl<A, R, X> fmt::Debug for Calling<A, R, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calling").finish_non_exhaustive()
    }
}
