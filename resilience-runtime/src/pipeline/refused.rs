//! What a refusal becomes that leaves a pipeline, where `From<resilience::Error>` cannot say it.

use std::fmt;
use std::future::Future;

use super::{Around, Attempt, Body, Calling, Exit, Pipeline, Wrap};
use crate::core::error::Error;
use crate::core::outcome::{Fault, Lookup, Outcome, UserOnly};

/// By `E: From<resilience::Error>`.
#[derive(Debug, Clone, Copy)]
pub struct ByFrom;

/// By a function.
#[derive(Clone, Copy)]
pub struct By<F>(F);

impl<F> fmt::Debug for By<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("By").finish_non_exhaustive()
    }
}

/// A function that says what a call comes to which was refused.
#[diagnostic::on_unimplemented(
    message = "this pipeline does not say what a refusal is to a call that returns `{R}`",
    label = "of a `Result<T, E>`, `refused(|error| ..)` gives the error, an `E`; of an `Option<T>` the whole"
)]
pub trait Refuses<R> {
    /// What the call comes to.
    fn refuse(&self, refusal: Error) -> R;
}

impl<T, E, F: Fn(Error) -> E> Refuses<Result<T, E>> for F {
    #[inline]
    fn refuse(&self, refusal: Error) -> Result<T, E> {
        Err(self(refusal))
    }
}

impl<T, F: Fn(Error) -> Option<T>> Refuses<Option<T>> for F {
    #[inline]
    fn refuse(&self, refusal: Error) -> Option<T> {
        self(refusal)
    }
}

impl<T, F: Fn(Error) -> Lookup<T>> Refuses<Lookup<T>> for F {
    #[inline]
    fn refuse(&self, refusal: Error) -> Lookup<T> {
        self(refusal)
    }
}

/// What the layers carry, as what the call returns.
pub trait Exits<C, R> {
    /// It.
    fn exit(&self, caught: C) -> R;
}

impl<R: Outcome, C: Exit<R::Err>> Exits<C, R> for ByFrom {
    #[inline]
    fn exit(&self, caught: C) -> R {
        R::from_result(Err(caught.exit()))
    }
}

impl<R: Outcome, C: Into<Fault<R::Err>>, F: Refuses<R>> Exits<C, R> for &By<F> {
    #[inline]
    fn exit(&self, caught: C) -> R {
        match caught.into() {
            Fault::User(error) => R::from_result(Err(error)),
            Fault::Refused(refusal) => self.0.refuse(refusal),
        }
    }
}

impl<L> Pipeline<L> {
    /// Says what a refusal becomes that leaves the pipeline, instead of `From<resilience::Error>`: the twin of the option
    /// `refused` of the attributes. For an error type of another crate, which cannot be given a `From`, there is no other way.
    ///
    /// `becomes` gives the error of a call that returns a `Result`, and the whole of one that returns an `Option`. It is asked
    /// once, at the end. The layers see the refusal itself, and the body's own errors are never touched. It is no fallback:
    /// no layer counts it.
    ///
    /// ```
    /// use resilience::{CircuitBreaker, Pipeline};
    ///
    /// # mod tonic { #[derive(Debug, PartialEq)] pub struct Status(pub &'static str); impl Status {
    /// #     pub fn unavailable(_: String) -> Self { Self("unavailable") } } }
    /// let breaker = CircuitBreaker::builder("routes").build()?;
    /// let pipeline = Pipeline::new()
    ///     .layer(breaker.clone())
    ///     .refused(|error| tonic::Status::unavailable(error.to_string()));
    ///
    /// assert_eq!(pipeline.call(|| Ok("a route")), Ok("a route"));
    /// breaker.force_open();
    /// assert_eq!(pipeline.call(|| Ok("a route")), Err(tonic::Status("unavailable")));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    ///
    /// A body that cannot fail by itself returns a `Result` here, whose only errors are refusals:
    ///
    /// ```
    /// # use resilience::{CircuitBreaker, Error, Pipeline};
    /// # let pipeline = Pipeline::new().layer(CircuitBreaker::builder("pages").build()?);
    /// let page = pipeline.call(|| Ok::<_, Error>("a page")).unwrap_or_else(|_refusal| "try again later");
    /// # assert_eq!(page, "a page");
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn refused<A, F: Fn(Error) -> A>(self, becomes: F) -> Pipeline<L, By<F>> {
        Pipeline { layers: self.layers, refusals: By(becomes) }
    }
}

impl<L, X> Pipeline<L, By<X>> {
    /// Calls `body` through the layers, as a pipeline without [`refused`](Pipeline::refused) does.
    ///
    /// # Errors
    /// The body's own, that of a fallback, or what `refused` makes of the refusal of a policy.
    ///
    /// # Panics
    /// With the panic of the body, of a closure of a layer, or of that of `refused`.
    pub fn call<R, B>(&self, mut body: B) -> R
    where
        B: FnMut() -> R,
        R: Outcome,
        X: Refuses<R>,
        L: Around<R::Ok, UserOnly<R::Err>, Caught: Into<Fault<R::Err>>>,
    {
        let outcome = self.layers.around(&mut || body().into_result().map_err(UserOnly));
        outcome.map_or_else(|caught| (&self.refusals).exit(caught), |value| R::from_result(Ok(value)))
    }

    /// Awaits what `body` makes through the layers, as a pipeline without [`refused`](Pipeline::refused) does.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    ///
    /// # Panics
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    /// That of a pipeline without `refused`.
    pub fn call_async<'a, R, B, F>(&'a self, body: B) -> Calling<<&'a L as Wrap<Body<B, F>>>::Attempt, R, &'a By<X>>
    where
        B: FnMut() -> F,
        F: Future<Output = R>,
        R: Outcome,
        X: Refuses<R>,
        &'a L: Wrap<Body<B, F>, Attempt: Attempt<Ok = R::Ok, Caught: Into<Fault<R::Err>>>>,
    {
        Calling::new(self.layers.wrap(Body::new(body)), &self.refusals)
    }
}
