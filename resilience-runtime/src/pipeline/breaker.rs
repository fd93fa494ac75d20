//! A circuit breaker as a layer.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::order::Breaks;
use super::stack::Sealed;
use super::{Around, Attempt, ByDefault, Layer, With, Wrap};
use crate::context::frame::Frame;
use crate::core::outcome::{Caught, Fault, Verdict};
use crate::core::sync::const_fn;
use crate::policies::circuit_breaker::{CircuitBreaker, Pass};

impl CircuitBreaker {
    /// This breaker as a layer of a [`Pipeline`](crate::Pipeline) that asks `judge` what an outcome is to it, as
    /// [`call_with`](Self::call_with) does. Here the outcome tells a refusal from an error of the body;
    /// [`Verdict::of_fault`] is the usual rule.
    ///
    /// ```
    /// use resilience::{CircuitBreaker, Error, Fault, Pipeline, Verdict};
    ///
    /// let breaker = CircuitBreaker::builder("jira_api").failure_threshold(1).build()?;
    /// let judged = breaker.clone().with(|status: &Result<u16, Fault<Error>>| match status {
    ///     Ok(500..) => Verdict::Failure,
    ///     Ok(_) => Verdict::Success,
    ///     Err(fault) => Verdict::of_fault(fault),
    /// });
    /// let _ = Pipeline::new().layer(judged).call(|| Ok(503));
    /// assert_eq!(breaker.state().as_str(), "open");
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub const fn with<T, E, J>(self, judge: J) -> With<Self, J, T, E>
    where
        J: Fn(&Result<T, Fault<E>>) -> Verdict,
    {
        With::new(self, judge)
    }
}

impl Sealed for CircuitBreaker {}
impl<J, T, E> Sealed for With<CircuitBreaker, J, T, E> {}

impl Layer for CircuitBreaker {
    type Role = Breaks;
}

impl<J, T, E> Layer for With<CircuitBreaker, J, T, E> {
    type Role = Breaks;
}

/// What an outcome is to a breaker.
pub trait Tells<T, E> {
    /// The verdict.
    fn verdict(&self, outcome: &Result<T, Fault<E>>) -> Verdict;
}

impl<T, E> Tells<T, E> for ByDefault {
    #[inline]
    fn verdict(&self, outcome: &Result<T, Fault<E>>) -> Verdict {
        outcome.as_ref().err().map_or(Verdict::Success, Verdict::of_fault)
    }
}

impl<J, T, E> Tells<T, E> for With<CircuitBreaker, J, T, E>
where
    J: Fn(&Result<T, Fault<E>>) -> Verdict,
{
    #[inline]
    fn verdict(&self, outcome: &Result<T, Fault<E>>) -> Verdict {
        (self.rule)(outcome)
    }
}

#[inline]
fn run<T, E, C: Into<Fault<E>>>(
    breaker: &CircuitBreaker,
    rule: &impl Tells<T, E>,
    body: impl FnOnce() -> Result<T, C>,
) -> Result<T, Fault<E>> {
    let frame = Frame::new();
    let mut pass = Pass::new(breaker, &frame);
    pass.ask().map_err(Fault::Refused)?;
    let outcome = body().map_err(Into::into);
    pass.report_of(rule.verdict(&outcome), &outcome);
    outcome
}

impl<T, C: Caught + Into<Fault<C::User>>> Around<T, C> for CircuitBreaker {
    type Caught = Fault<C::User>;

    #[inline]
    fn around<B: FnMut() -> Result<T, C>>(&self, body: &mut B) -> Result<T, Fault<C::User>> {
        run(self, &ByDefault, body)
    }
}

impl<T, E, C: Into<Fault<E>>, J> Around<T, C> for With<CircuitBreaker, J, T, E>
where
    Self: Tells<T, E>,
{
    type Caught = Fault<E>;

    #[inline]
    fn around<B: FnMut() -> Result<T, C>>(&self, body: &mut B) -> Result<T, Fault<E>> {
        run(&self.policy, self, body)
    }
}

impl<'a, I: Attempt> Wrap<I> for &'a CircuitBreaker {
    type Attempt = Guarded<'a, I, ByDefault>;

    #[inline]
    fn wrap(self, inner: I) -> Self::Attempt {
        Guarded::new(self, &ByDefault, inner)
    }
}

impl<'a, I: Attempt, J, T, E> Wrap<I> for &'a With<CircuitBreaker, J, T, E> {
    type Attempt = Guarded<'a, I, With<CircuitBreaker, J, T, E>>;

    #[inline]
    fn wrap(self, inner: I) -> Self::Attempt {
        Guarded::new(&self.policy, self, inner)
    }
}

pin_project_lite::pin_project! {
    /// Attempts that a breaker lets pass, or does not.
    pub struct Guarded<'a, I, J> {
        // Before the pass, which is given back after what it was for is gone.
        #[pin]
        inner: I,
        pass: Pass<'a, Frame>,
        stage: Stage,
        breaker: &'a CircuitBreaker,
        rule: &'a J,
    }
}

/// What the pass is for. It is made where it stays: to copy what has just been written in pieces stalls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// For the next attempt.
    Next,
    /// For the attempt under way.
    UnderWay,
    /// For one that is over.
    Over,
}

impl<'a, I, J> Guarded<'a, I, J> {
    const_fn! {
        #[inline]
        fn new(breaker: &'a CircuitBreaker, rule: &'a J, inner: I) -> Self {
            Self { inner, pass: Pass::new(breaker, Frame::new()), stage: Stage::Next, breaker, rule }
        }
    }
}

impl<I, J> Attempt for Guarded<'_, I, J>
where
    I: Attempt<Caught: Caught + Into<Fault<<I::Caught as Caught>::User>>>,
    J: Tells<I::Ok, <I::Caught as Caught>::User>,
{
    type Ok = I::Ok;
    type Caught = Fault<<I::Caught as Caught>::User>;

    #[inline]
    fn poll_attempt(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Self::Ok, Self::Caught>> {
        let this = self.project();
        if *this.stage != Stage::UnderWay {
            if *this.stage == Stage::Over {
                *this.pass = Pass::new(this.breaker, Frame::new());
            }
            *this.stage = Stage::Next;
            if let Err(refusal) = this.pass.ask() {
                return Poll::Ready(Err(Fault::Refused(refusal)));
            }
            *this.stage = Stage::UnderWay;
        }
        let outcome = ready!(this.pass.poll(|| this.inner.poll_attempt(cx))).map_err(Into::into);
        *this.stage = Stage::Over;
        this.pass.report_of(this.rule.verdict(&outcome), &outcome);
        Poll::Ready(outcome)
    }

    fn cancel(self: Pin<&mut Self>) {
        let this = self.project();
        this.inner.cancel();
        if *this.stage == Stage::UnderWay {
            *this.stage = Stage::Next;
            *this.pass = Pass::new(this.breaker, Frame::new());
        }
    }
}
