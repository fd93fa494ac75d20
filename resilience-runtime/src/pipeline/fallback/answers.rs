//! A fallback with its answer: what becomes a layer.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;

use super::super::Layer;
use super::super::stack::Sealed;
use super::picks::{Every, Narrows, NoResult, OrResult, Recovering, Scope, WhenResult};
use crate::core::outcome::Fault;
use crate::policies::fallback::{Fallback, Recovery};

impl Fallback {
    /// This fallback as a layer of a [`Pipeline`](crate::Pipeline) that answers for every failure: for the body's own
    /// error, [`Fault::User`], and for a refusal by a policy further in, [`Fault::Refused`]. An error that it answers with
    /// replaces the first. For some failures only: [`Answers::when`], or [`with_recovery`](Self::with_recovery). For values,
    /// too: [`with_outcome`](Self::with_outcome).
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
        Answers::new(self, answer, Every)
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
        AnswersAsync(Answers::new(self, answer, Every))
    }

    /// Like [`with`](Self::with), with an answer that is given the whole outcome: a failure, or a value that
    /// [`when_result`](Answers::when_result) picks.
    ///
    /// ```
    /// use resilience::{Fallback, Pipeline};
    ///
    /// let fallback = Fallback::new("page");
    /// let cached = fallback.clone().with_outcome(|_| Ok("yesterday's page")).when_result(|page| page.is_empty());
    /// let pipeline = Pipeline::new().layer(cached);
    ///
    /// assert_eq!(pipeline.call(|| Ok::<_, u16>("today's page")), Ok("today's page"));
    /// assert_eq!(pipeline.call(|| Ok::<_, u16>("")), Ok("yesterday's page"));
    /// assert_eq!(pipeline.call(|| Err(503)), Ok("yesterday's page"));
    /// assert_eq!((fallback.stats().successes, fallback.stats().failures), (2, 0));
    /// ```
    pub const fn with_outcome<T, E, A>(self, answer: A) -> Answers<A, OrResult<Every, NoResult>, T, E>
    where
        A: Fn(Result<T, Fault<E>>) -> Result<T, E>,
    {
        Answers::new(self, answer, OrResult::NEW)
    }

    /// Like [`with_outcome`](Self::with_outcome), for answers that are awaited.
    ///
    /// ```
    /// use resilience::{Fallback, Pipeline};
    ///
    /// async fn cached() -> Result<&'static str, u16> { Ok("yesterday's page") }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let cached = Fallback::new("page").with_outcome_async(|_| cached()).when_result(|page| page.is_empty());
    /// let pipeline = Pipeline::new().layer(cached);
    /// assert_eq!(pipeline.call_async(|| async { Ok("") }).await, Ok("yesterday's page"));
    /// # }
    /// ```
    pub const fn with_outcome_async<T, E, A, F>(self, answer: A) -> AnswersAsync<A, OrResult<Every, NoResult>, T, E>
    where
        A: Fn(Result<T, Fault<E>>) -> F,
        F: Future<Output = Result<T, E>>,
    {
        AnswersAsync(Answers::new(self, answer, OrResult::NEW))
    }

    /// Like [`with`](Self::with), with an answer that may hand the failure back, as in [`recover`](Self::recover): then it
    /// passes as it is, and the fallback is not applied.
    ///
    /// ```
    /// use resilience::fallback::Recovery;
    /// use resilience::{Fallback, Fault, Pipeline};
    ///
    /// let fallback = Fallback::new("page");
    /// let pipeline = Pipeline::new().layer(fallback.clone().with_recovery(|fault| match fault {
    ///     Fault::User(error) if error == "gone" => Recovery::NotApplied(Fault::User(error)),
    ///     _ => Recovery::Applied(Ok("yesterday's page")),
    /// }));
    ///
    /// assert_eq!(pipeline.call(|| Err("down".to_owned())), Ok("yesterday's page"));
    /// assert_eq!(pipeline.call(|| Err("gone".to_owned())), Err("gone".to_owned()));
    /// assert_eq!((fallback.stats().successes, fallback.stats().failures), (1, 0));
    /// ```
    pub const fn with_recovery<T, E, A>(self, answer: A) -> Answers<A, Recovering, T, E>
    where
        A: Fn(Fault<E>) -> Recovery<Result<T, E>, Fault<E>>,
    {
        Answers::new(self, answer, Recovering)
    }

    /// Like [`with_recovery`](Self::with_recovery), for answers that are awaited.
    ///
    /// ```
    /// use resilience::fallback::Recovery;
    /// use resilience::{Fallback, Fault, Pipeline};
    ///
    /// async fn cached(fault: Fault<String>) -> Recovery<Result<&'static str, String>, Fault<String>> {
    ///     if fault.to_string() == "gone" { Recovery::NotApplied(fault) } else { Ok("yesterday's page").into() }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let pipeline = Pipeline::new().layer(Fallback::new("page").with_recovery_async(cached));
    /// assert_eq!(pipeline.call_async(|| async { Err("down".to_owned()) }).await, Ok("yesterday's page"));
    /// assert_eq!(pipeline.call_async(|| async { Err("gone".to_owned()) }).await, Err("gone".to_owned()));
    /// # }
    /// ```
    pub const fn with_recovery_async<T, E, A, F>(self, answer: A) -> AnswersAsync<A, Recovering, T, E>
    where
        A: Fn(Fault<E>) -> F,
        F: Future<Output = Recovery<Result<T, E>, Fault<E>>>,
    {
        AnswersAsync(Answers::new(self, answer, Recovering))
    }
}

/// A fallback with its answer: what [`Fallback::with`], [`Fallback::with_outcome`] and [`Fallback::with_recovery`] make.
pub struct Answers<A, W, T, E> {
    pub(super) fallback: Fallback,
    pub(super) answer: A,
    pub(super) when: W,
    of: PhantomData<fn(T, E)>,
}

/// A fallback with an answer that is awaited: what [`Fallback::with_async`], [`Fallback::with_outcome_async`] and
/// [`Fallback::with_recovery_async`] make.
pub struct AnswersAsync<A, W, T, E>(pub(super) Answers<A, W, T, E>);

impl<A, W, T, E> Answers<A, W, T, E> {
    const fn new(fallback: Fallback, answer: A, when: W) -> Self {
        Self { fallback, answer, when, of: PhantomData }
    }

    fn map<V>(self, change: impl FnOnce(W) -> V) -> Answers<A, V, T, E> {
        Answers::new(self.fallback, self.answer, change(self.when))
    }

    /// Answers only for the failures that `when` picks; any other passes as it is, and the fallback is not applied.
    ///
    /// ```
    /// use resilience::{Fallback, Fault, Pipeline};
    ///
    /// let fallback = Fallback::new("page");
    /// let cached = fallback.clone().with(|_| Ok("yesterday's page")).when(|fault: &Fault<String>| fault.to_string() != "gone");
    /// let pipeline = Pipeline::new().layer(cached);
    ///
    /// assert_eq!(pipeline.call(|| Err("down".to_owned())), Ok("yesterday's page"));
    /// assert_eq!(pipeline.call(|| Err("gone".to_owned())), Err("gone".to_owned()));
    /// assert_eq!((fallback.stats().successes, fallback.stats().failures), (1, 0));
    /// ```
    pub fn when<P>(self, when: P) -> Answers<A, W::Narrowed<P>, T, E>
    where
        W: Narrows,
        P: Fn(&Fault<E>) -> bool,
    {
        self.map(|scope| scope.narrow(when))
    }
}

impl<A, W, T, E> Answers<A, OrResult<W, NoResult>, T, E> {
    /// Answers also for the values that `when_result` picks, as if they were failures. With [`when`](Self::when) it answers
    /// for the failures that this picks, and for these values.
    ///
    /// ```
    /// use resilience::{Fallback, Pipeline};
    ///
    /// let doubled = Fallback::new("page")
    ///     .with_outcome(|outcome| Ok::<u32, u16>(outcome.map_or(1, |unwanted| unwanted * 2)))
    ///     .when_result(|pages| *pages < 10);
    /// let pipeline = Pipeline::new().layer(doubled);
    /// assert_eq!([pipeline.call(|| Ok(12)), pipeline.call(|| Ok(4)), pipeline.call(|| Err(503))], [Ok(12), Ok(8), Ok(1)]);
    /// ```
    pub fn when_result<P>(self, when_result: P) -> Answers<A, OrResult<W, WhenResult<P>>, T, E>
    where
        P: Fn(&T) -> bool,
    {
        self.map(|scope| scope.when_result(when_result))
    }
}

impl<A, W, T, E> AnswersAsync<A, W, T, E> {
    /// See [`Answers::when`].
    pub fn when<P>(self, when: P) -> AnswersAsync<A, W::Narrowed<P>, T, E>
    where
        W: Narrows,
        P: Fn(&Fault<E>) -> bool,
    {
        AnswersAsync(self.0.when(when))
    }
}

impl<A, W, T, E> AnswersAsync<A, OrResult<W, NoResult>, T, E> {
    /// See [`Answers::when_result`].
    pub fn when_result<P>(self, when_result: P) -> AnswersAsync<A, OrResult<W, WhenResult<P>>, T, E>
    where
        P: Fn(&T) -> bool,
    {
        AnswersAsync(self.0.when_result(when_result))
    }
}

impl<A: Clone, W: Clone, T, E> Clone for Answers<A, W, T, E> {
    fn clone(&self) -> Self {
        Self::new(self.fallback.clone(), self.answer.clone(), self.when.clone())
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

impl<A, W: Scope, T, E> Layer for Answers<A, W, T, E> {
    type Role = W::Role;
}

impl<A, W: Scope, T, E> Layer for AnswersAsync<A, W, T, E> {
    type Role = W::Role;
}
