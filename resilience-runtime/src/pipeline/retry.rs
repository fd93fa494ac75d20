//! A retry as a layer.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::order::Retries;
use super::stack::Sealed;
use super::{Around, Attempt, ByDefault, Layer, With, Wrap};
use crate::context::frame::Frame;
use crate::core::clock;
use crate::core::outcome::{Caught, Fault, name_of};
use crate::policies::retry::{Attempts, Held, Retry, Step, Wait, as_configured};

impl Retry {
    /// This retry as a layer of a [`Pipeline`](crate::Pipeline) that asks `judge` after each attempt, as
    /// [`call_with`](Self::call_with) does. Here the outcome tells a refusal from an error of the body;
    /// [`Attempts::after_fault`] applies the usual rules.
    ///
    /// ```
    /// use std::io::{self, ErrorKind};
    /// use resilience::{Fault, Pipeline, Retry};
    /// use resilience::retry::Attempts;
    ///
    /// let retry = Retry::builder("search").build()?;
    /// let judged = retry.clone().with(|attempts: &mut Attempts<'_>, page: &Result<&str, Fault<io::Error>>| match page {
    ///     Ok(_) => attempts.stop(true),
    ///     Err(Fault::User(error)) if error.kind() == ErrorKind::NotFound => attempts.stop(false),
    ///     Err(fault) => attempts.after_fault(fault),
    /// });
    /// let page = Pipeline::new().layer(judged).call(|| Err(ErrorKind::NotFound.into()));
    /// assert_eq!((page.is_err(), retry.stats().retries), (true, 0));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub const fn with<T, E, J>(self, judge: J) -> With<Self, J, T, E>
    where
        J: Fn(&mut Attempts<'_>, &Result<T, Fault<E>>) -> Step,
    {
        With::new(self, judge)
    }
}

impl Sealed for Retry {}
impl<J, T, E> Sealed for With<Retry, J, T, E> {}

impl Layer for Retry {
    type Role = Retries;
}

impl<J, T, E> Layer for With<Retry, J, T, E> {
    type Role = Retries;
}

/// What becomes of an attempt.
pub trait Judges<T, C> {
    /// What a failure is for whoever is above.
    type Caught;
    /// The failure as whoever is above sees it.
    fn lift(caught: C) -> Self::Caught;
    /// What to do about an outcome.
    fn judge(&self, attempts: &mut Attempts<'_>, outcome: &Result<T, Self::Caught>) -> Step;
}

impl<T, C: Caught> Judges<T, C> for ByDefault {
    type Caught = C;

    #[inline]
    fn lift(caught: C) -> C {
        caught
    }

    #[inline]
    fn judge(&self, attempts: &mut Attempts<'_>, outcome: &Result<T, C>) -> Step {
        match outcome {
            Ok(_) => attempts.stop(true),
            Err(caught) => {
                let words = |_: &C::User| name_of::<C::User>();
                attempts.judge_failure(caught, |_| true, |_| false, |_| None, words, as_configured)
            }
        }
    }
}

impl<T, E, C, J> Judges<T, C> for With<Retry, J, T, E>
where
    C: Into<Fault<E>>,
    J: Fn(&mut Attempts<'_>, &Result<T, Fault<E>>) -> Step,
{
    type Caught = Fault<E>;

    #[inline]
    fn lift(caught: C) -> Fault<E> {
        caught.into()
    }

    #[inline]
    fn judge(&self, attempts: &mut Attempts<'_>, outcome: &Result<T, Fault<E>>) -> Step {
        (self.rule)(attempts, outcome)
    }
}

#[inline]
fn run<T, C, J: Judges<T, C>>(
    retry: &Retry,
    rule: &J,
    body: &mut impl FnMut() -> Result<T, C>,
) -> Result<T, J::Caught> {
    let frame = Frame::new();
    let mut attempts = retry.start_in(&frame);
    loop {
        attempts.begin();
        let outcome = body().map_err(J::lift);
        match rule.judge(&mut attempts, &outcome) {
            Step::Done => return outcome,
            Step::Retry(delay) => {
                drop(outcome);
                clock::sleep_blocking(delay);
            }
        }
    }
}

impl<T, C: Caught> Around<T, C> for Retry {
    type Caught = C;

    #[inline]
    fn around<B: FnMut() -> Result<T, C>>(&self, body: &mut B) -> Result<T, C> {
        run(self, &ByDefault, body)
    }
}

impl<T, E, C, J> Around<T, C> for With<Retry, J, T, E>
where
    Self: Judges<T, C>,
{
    type Caught = <Self as Judges<T, C>>::Caught;

    #[inline]
    fn around<B: FnMut() -> Result<T, C>>(&self, body: &mut B) -> Result<T, Self::Caught> {
        run(&self.policy, self, body)
    }
}

impl<'a, I: Attempt> Wrap<I> for &'a Retry {
    type Attempt = Retried<'a, I, ByDefault>;

    #[inline]
    fn wrap(self, inner: I) -> Self::Attempt {
        Retried::new(self, &ByDefault, inner)
    }
}

impl<'a, I: Attempt, J, T, E> Wrap<I> for &'a With<Retry, J, T, E> {
    type Attempt = Retried<'a, I, With<Retry, J, T, E>>;

    #[inline]
    fn wrap(self, inner: I) -> Self::Attempt {
        Retried::new(&self.policy, self, inner)
    }
}

pin_project_lite::pin_project! {
    /// Attempts that are repeated.
    pub struct Retried<'a, I, J> {
        #[pin]
        inner: I,
        rule: &'a J,
        attempts: Held<'a>,
        wait: Option<Wait>,
    }
}

impl<'a, I, J> Retried<'a, I, J> {
    fn new(retry: &'a Retry, rule: &'a J, inner: I) -> Self {
        Self { inner, rule, attempts: Held::new(retry), wait: None }
    }
}

impl<I, J> Attempt for Retried<'_, I, J>
where
    I: Attempt,
    J: Judges<I::Ok, I::Caught>,
{
    type Ok = I::Ok;
    type Caught = J::Caught;

    #[inline]
    fn poll_attempt(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<I::Ok, J::Caught>> {
        let mut this = self.project();
        let rule = *this.rule;
        loop {
            if let Some(wait) = this.wait {
                ready!(this.attempts.poll(|| Pin::new(wait).poll(cx)));
                *this.wait = None;
                this.attempts.act(|attempts| attempts.begin());
            }
            let outcome = ready!(this.attempts.poll(|| this.inner.as_mut().poll_attempt(cx))).map_err(J::lift);
            match this.attempts.act(|attempts| rule.judge(attempts, &outcome)) {
                Step::Done => {
                    this.attempts.end();
                    return Poll::Ready(outcome);
                }
                Step::Retry(delay) => *this.wait = Some(Wait::of(delay)),
            }
        }
    }

    fn cancel(self: Pin<&mut Self>) {
        let this = self.project();
        this.inner.cancel();
        *this.wait = None;
        this.attempts.end();
    }
}
