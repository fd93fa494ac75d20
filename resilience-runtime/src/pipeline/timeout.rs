//! A timeout as a layer.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::order::Ends;
use super::stack::Sealed;
use super::{Around, Attempt, Layer, Wrap};
use crate::context::frame::Frame;
use crate::core::outcome::{Caught, Fault};
use crate::policies::timeout::{Inner, Limited, Timeout, limit, within};

impl Sealed for Timeout {}

impl Layer for Timeout {
    type Role = Ends;
}

impl<T, C: Caught + Into<Fault<C::User>>> Around<T, C> for Timeout {
    type Caught = Fault<C::User>;

    #[inline]
    fn around<B: FnMut() -> Result<T, C>>(&self, body: &mut B) -> Result<T, Fault<C::User>> {
        match within(self, self.own_limit(), body) {
            Ok(outcome) => outcome.map_err(Into::into),
            Err(refusal) => Err(Fault::Refused(refusal)),
        }
    }
}

impl<'a, I: Attempt> Wrap<I> for &'a Timeout {
    type Attempt = Limits<'a, I>;

    #[inline]
    fn wrap(self, inner: I) -> Limits<'a, I> {
        let limit_of_each = crate::core::clock::nanos(self.own_limit());
        let limited = limit(self, limit_of_each, Frame::new(), Polled { attempt: inner }, Inner);
        Limits { limited, limit_of_each, is_over: false }
    }
}

pin_project_lite::pin_project! {
    /// Attempts under a limit each.
    pub struct Limits<'a, I> {
        #[pin]
        limited: Limited<'a, Polled<I>, Inner, Frame>,
        limit_of_each: u64,
        // After a success there is nothing to drop, and mostly no further attempt.
        is_over: bool,
    }
}

impl<I> Attempt for Limits<'_, I>
where
    I: Attempt<Caught: Caught + Into<Fault<<I::Caught as Caught>::User>>>,
{
    type Ok = I::Ok;
    type Caught = Fault<<I::Caught as Caught>::User>;

    #[inline]
    fn poll_attempt(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Self::Ok, Self::Caught>> {
        if self.is_over {
            self.as_mut().cancel();
        }
        let outcome = ready!(self.as_mut().project().limited.poll(cx));
        match &outcome {
            Ok(_) => *self.project().is_over = true,
            // At its limit an attempt is dropped.
            Err(_) => self.cancel(),
        }
        Poll::Ready(outcome)
    }

    fn cancel(self: Pin<&mut Self>) {
        let this = self.project();
        *this.is_over = false;
        this.limited.rewind(*this.limit_of_each, Frame::new()).project().attempt.cancel();
    }
}

pin_project_lite::pin_project! {
    /// An attempt as a future: what a limit goes around.
    pub struct Polled<I> {
        #[pin]
        attempt: I,
    }
}

impl<I: Attempt> Future for Polled<I> {
    type Output = Result<I::Ok, I::Caught>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().attempt.poll_attempt(cx)
    }
}
