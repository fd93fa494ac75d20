//! A fallback as a layer.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::order::{CatchesAll, CatchesSome};
use super::stack::Sealed;
use super::{Around, Attempt, Layer, Wrap};
use crate::clock::Instant;
use crate::fallback::{Applied, Fallback};
use crate::frame::{Frame, began};
use crate::outcome::{Fault, UserOnly};

impl Fallback {
    /// This fallback as a layer of a [`Pipeline`](crate::Pipeline) that answers for every failure: for the body's own
    /// error, [`Fault::User`], and for a refusal by a policy further in, [`Fault::Refused`]. An error that it answers with
    /// replaces the first. For some failures only: [`Answers::when`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::{Fallback, Fault, Pipeline, Timeout};
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), resilience::ConfigError> {
    /// let pipeline = Pipeline::new()
    ///     .layer(Fallback::new("page").with(|fault| match fault {
    ///         Fault::Refused(_) => Ok("yesterday's page"),
    ///         Fault::User(error) => Err(error),
    ///     }))
    ///     .layer(Timeout::builder("page").duration(Duration::from_secs(2)).build()?);
    ///
    /// // No `From<resilience::Error>` is asked for: no refusal gets past the fallback.
    /// let page = pipeline.call_async(|| std::future::pending::<Result<&str, u16>>());
    /// assert_eq!(page.await, Ok("yesterday's page"));
    /// # Ok(()) }
    /// ```
    pub const fn with<T, E, A>(self, answer: A) -> Answers<A, Every, T, E>
    where
        A: Fn(Fault<E>) -> Result<T, E>,
    {
        Answers { fallback: self, answer, when: Every, of: PhantomData }
    }

    /// Like [`with`](Self::with), for answers that are awaited: a layer for [`call_async`](crate::Pipeline::call_async).
    ///
    /// ```
    /// use resilience::{Fallback, Fault, Pipeline};
    ///
    /// async fn cached() -> Result<&'static str, String> { Ok("yesterday's page") }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let fallback = Fallback::new("page");
    /// let pipeline = Pipeline::new().layer(fallback.clone().with_async(|_: Fault<String>| cached()));
    /// let page = pipeline.call_async(|| async { Err("down".to_owned()) }).await;
    /// assert_eq!((page.unwrap(), fallback.stats().successes), ("yesterday's page", 1));
    /// # }
    /// ```
    pub const fn with_async<T, E, A, F>(self, answer: A) -> AnswersAsync<A, Every, T, E>
    where
        A: Fn(Fault<E>) -> F,
        F: Future<Output = Result<T, E>>,
    {
        AnswersAsync(Answers { fallback: self, answer, when: Every, of: PhantomData })
    }
}

/// A fallback with its answer: what [`Fallback::with`] makes.
pub struct Answers<A, W, T, E> {
    fallback: Fallback,
    answer: A,
    when: W,
    of: PhantomData<fn(T, E)>,
}

/// A fallback with an answer that is awaited: what [`Fallback::with_async`] makes.
pub struct AnswersAsync<A, W, T, E>(Answers<A, W, T, E>);

/// For every failure.
#[derive(Debug, Clone, Copy)]
pub struct Every;

/// For the failures that a predicate picks.
#[derive(Debug, Clone, Copy)]
pub struct When<P>(P);

impl<A, T, E> Answers<A, Every, T, E> {
    /// Answers only for the failures that `when` picks; any other passes as it is, and the fallback is not applied.
    ///
    /// ```
    /// use resilience::{Error, Fallback, Fault, Pipeline};
    ///
    /// let fallback = Fallback::new("page");
    /// let cached = fallback.clone().with(|_| Ok("yesterday's page")).when(|fault: &Fault<String>| fault.to_string() != "gone");
    /// let pipeline = Pipeline::new().layer(cached);
    ///
    /// assert_eq!(pipeline.call(|| Err("down".to_owned())), Ok("yesterday's page"));
    /// assert_eq!(pipeline.call(|| Err("gone".to_owned())), Err("gone".to_owned()));
    /// assert_eq!((fallback.stats().successes, fallback.stats().failures), (1, 0));
    /// ```
    pub fn when<P>(self, when: P) -> Answers<A, When<P>, T, E>
    where
        P: Fn(&Fault<E>) -> bool,
    {
        let Self { fallback, answer, of, .. } = self;
        Answers { fallback, answer, when: When(when), of }
    }
}

impl<A, T, E> AnswersAsync<A, Every, T, E> {
    /// See [`Answers::when`].
    pub fn when<P>(self, when: P) -> AnswersAsync<A, When<P>, T, E>
    where
        P: Fn(&Fault<E>) -> bool,
    {
        AnswersAsync(self.0.when(when))
    }
}

impl<A: Clone, W: Clone, T, E> Clone for Answers<A, W, T, E> {
    fn clone(&self) -> Self {
        let Self { fallback, answer, when, of } = self;
        Self { fallback: fallback.clone(), answer: answer.clone(), when: when.clone(), of: *of }
    }
}

impl<A: Clone, W: Clone, T, E> Clone for AnswersAsync<A, W, T, E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<A, W, T, E> fmt::Debug for Answers<A, W, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Answers").field(&self.fallback).finish_non_exhaustive()
    }
}

impl<A, W, T, E> fmt::Debug for AnswersAsync<A, W, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<A, W, T, E> Sealed for Answers<A, W, T, E> {}
impl<A, W, T, E> Sealed for AnswersAsync<A, W, T, E> {}

impl<A, T, E> Layer for Answers<A, Every, T, E> {
    type Role = CatchesAll;
}

impl<A, P, T, E> Layer for Answers<A, When<P>, T, E> {
    type Role = CatchesSome;
}

impl<A, T, E> Layer for AnswersAsync<A, Every, T, E> {
    type Role = CatchesAll;
}

impl<A, P, T, E> Layer for AnswersAsync<A, When<P>, T, E> {
    type Role = CatchesSome;
}

/// Which failures a fallback is for.
pub trait Picks<E> {
    /// What a failure is above it.
    type Caught: From<UserOnly<E>>;
    /// The failure, if it is one.
    ///
    /// # Errors
    /// The failure, if it passes.
    fn pick(&self, fault: Fault<E>) -> Result<Fault<E>, Self::Caught>;
}

impl<E> Picks<E> for Every {
    type Caught = UserOnly<E>;

    #[inline]
    fn pick(&self, fault: Fault<E>) -> Result<Fault<E>, UserOnly<E>> {
        Ok(fault)
    }
}

impl<E, P: Fn(&Fault<E>) -> bool> Picks<E> for When<P> {
    type Caught = Fault<E>;

    #[inline]
    fn pick(&self, fault: Fault<E>) -> Result<Fault<E>, Fault<E>> {
        if (self.0)(&fault) { Ok(fault) } else { Err(fault) }
    }
}

impl<A, W, T, E> Answers<A, W, T, E>
where
    A: Fn(Fault<E>) -> Result<T, E>,
    W: Picks<E>,
{
    fn answer(&self, fault: Fault<E>) -> Result<T, W::Caught> {
        let fault = self.when.pick(fault)?;
        let frame = Frame::new();
        let applied = self.fallback.apply(&frame);
        let answer = (self.answer)(fault);
        applied.done(answer.is_ok());
        answer.map_err(|error| UserOnly(error).into())
    }
}

impl<A, W, T, E, C> Around<T, C> for Answers<A, W, T, E>
where
    A: Fn(Fault<E>) -> Result<T, E>,
    W: Picks<E>,
    C: Into<Fault<E>>,
{
    type Caught = W::Caught;

    #[inline]
    fn around<B: FnMut() -> Result<T, C>>(&self, body: &mut B) -> Result<T, W::Caught> {
        body().or_else(|caught| self.answer(caught.into()))
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
    A: Fn(Fault<E>) -> Result<T, E>,
    W: Picks<E>,
{
    type Ok = T;
    type Caught = W::Caught;

    #[inline]
    fn poll_attempt(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, W::Caught>> {
        let this = self.project();
        let outcome = ready!(this.inner.poll_attempt(cx));
        Poll::Ready(outcome.or_else(|caught| this.layer.answer(caught.into())))
    }

    fn cancel(self: Pin<&mut Self>) {
        self.project().inner.cancel();
    }
}

impl<'a, I, A, W, F, T, E> Wrap<I> for &'a AnswersAsync<A, W, T, E>
where
    A: Fn(Fault<E>) -> F,
{
    type Attempt = AnsweredAsync<'a, I, A, W, F, T, E>;

    #[inline]
    fn wrap(self, inner: I) -> Self::Attempt {
        AnsweredAsync { inner, began: UNTOLD, answer: None, applied: None, layer: self }
    }
}

/// No limit was in force when the attempt began, or none is under way.
const UNTOLD: Instant = Instant::from_nanos(0);

pin_project_lite::pin_project! {
    /// Attempts whose failures are answered by a future.
    pub struct AnsweredAsync<'a, I, A, W, F, T, E> {
        #[pin]
        inner: I,
        began: Instant,
        #[pin]
        answer: Option<F>,
        applied: Option<Applied<'a, Frame>>,
        layer: &'a AnswersAsync<A, W, T, E>,
    }
}

impl<I, A, W, F, T, E> Attempt for AnsweredAsync<'_, I, A, W, F, T, E>
where
    I: Attempt<Ok = T, Caught: Into<Fault<E>>>,
    A: Fn(Fault<E>) -> F,
    F: Future<Output = Result<T, E>>,
    W: Picks<E>,
{
    type Ok = T;
    type Caught = W::Caught;

    #[inline]
    fn poll_attempt(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, W::Caught>> {
        let mut this = self.project();
        let layer = &this.layer.0;
        if this.applied.is_none() {
            if *this.began == UNTOLD {
                *this.began = began();
            }
            let outcome = ready!(this.inner.poll_attempt(cx));
            let began = mem::replace(this.began, UNTOLD);
            let fault = match outcome {
                Ok(value) => return Poll::Ready(Ok(value)),
                Err(caught) => layer.when.pick(caught.into())?,
            };
            *this.applied = Some(layer.fallback.apply(Frame::begun(began)));
            this.answer.set(Some((layer.answer)(fault)));
        }
        let (Some(applied), Some(answer)) = (this.applied.as_ref(), this.answer.as_mut().as_pin_mut()) else {
            return Poll::Pending;
        };
        let answer = ready!(applied.poll(|| answer.poll(cx)));
        this.answer.set(None);
        if let Some(applied) = this.applied.take() {
            applied.done(answer.is_ok());
        }
        Poll::Ready(answer.map_err(|error| UserOnly(error).into()))
    }

    fn cancel(self: Pin<&mut Self>) {
        let mut this = self.project();
        this.inner.cancel();
        *this.began = UNTOLD;
        this.answer.set(None);
        *this.applied = None;
    }
}
