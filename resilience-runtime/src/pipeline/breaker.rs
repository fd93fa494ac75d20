//! A circuit breaker as a layer.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::order::Breaks;
use super::stack::Sealed;
use super::{Around, Attempt, ByDefault, Layer, With, Wrap};
use crate::circuit_breaker::{CircuitBreaker, Pass};
use crate::frame::Frame;
use crate::outcome::{Caught, Fault, Verdict};

impl CircuitBreaker {
    /// This breaker as a layer of a [`Pipeline`](crate::Pipeline) that asks `judge` what an outcome is to it, as
    /// [`call_with`](Self::call_with) does. Here the outcome tells a refusal from an error of the body;
    /// [`Verdict::of_fault`] is the usual rule.
    ///
    /// ```
    /// use resilience_runtime::{CircuitBreaker, Error, Fault, Pipeline, Verdict};
    ///
    /// let breaker = CircuitBreaker::builder("jira_api").failure_threshold(1).build()?;
    /// let judged = breaker.clone().with(|status: &Result<u16, Fault<Error>>| match status {
    ///     Ok(500..) => Verdict::Failure,
    ///     Ok(_) => Verdict::Success,
    ///     Err(fault) => Verdict::of_fault(fault),
    /// });
    /// let _ = Pipeline::new().layer(judged).call(|| Ok(503));
    /// assert_eq!(breaker.state().as_str(), "open");
    /// # Ok::<(), resilience_runtime::ConfigError>(())
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

    fn around<B: FnMut() -> Result<T, C>>(&self, body: &mut B) -> Result<T, Fault<C::User>> {
        run(self, &ByDefault, body)
    }
}

impl<T, E, C: Into<Fault<E>>, J> Around<T, C> for With<CircuitBreaker, J, T, E>
where
    Self: Tells<T, E>,
{
    type Caught = Fault<E>;

    fn around<B: FnMut() -> Result<T, C>>(&self, body: &mut B) -> Result<T, Fault<E>> {
        run(&self.policy, self, body)
    }
}

impl<'a, I: Attempt> Wrap<I> for &'a CircuitBreaker {
    type Attempt = Guarded<'a, I, ByDefault>;

    fn wrap(self, inner: I) -> Self::Attempt {
        Guarded { inner, pass: None, breaker: self, rule: &ByDefault }
    }
}

impl<'a, I: Attempt, J, T, E> Wrap<I> for &'a With<CircuitBreaker, J, T, E> {
    type Attempt = Guarded<'a, I, With<CircuitBreaker, J, T, E>>;

    fn wrap(self, inner: I) -> Self::Attempt {
        Guarded { inner, pass: None, breaker: &self.policy, rule: self }
    }
}

pin_project_lite::pin_project! {
    /// Attempts that a breaker lets pass, or does not.
    pub struct Guarded<'a, I, J> {
        // Before the pass, which is given back after what it was for is gone.
        #[pin]
        inner: I,
        pass: Option<Pass<'a, Frame>>,
        breaker: &'a CircuitBreaker,
        rule: &'a J,
    }
}

impl<I, J> Attempt for Guarded<'_, I, J>
where
    I: Attempt<Caught: Caught + Into<Fault<<I::Caught as Caught>::User>>>,
    J: Tells<I::Ok, <I::Caught as Caught>::User>,
{
    type Ok = I::Ok;
    type Caught = Fault<<I::Caught as Caught>::User>;

    fn poll_attempt(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Self::Ok, Self::Caught>> {
        let this = self.project();
        let is_new = this.pass.is_none();
        let pass = this.pass.get_or_insert_with(|| Pass::new(this.breaker, Frame::new()));
        if is_new && let Err(refusal) = pass.ask() {
            *this.pass = None;
            return Poll::Ready(Err(Fault::Refused(refusal)));
        }
        let outcome = ready!(pass.poll(|| this.inner.poll_attempt(cx))).map_err(Into::into);
        pass.report_of(this.rule.verdict(&outcome), &outcome);
        *this.pass = None;
        Poll::Ready(outcome)
    }

    fn cancel(self: Pin<&mut Self>) {
        let this = self.project();
        this.inner.cancel();
        *this.pass = None;
    }
}
