//! Pipelines: a stack of policies without attributes.
//!
//! `Pipeline::new().layer(retry).layer(breaker).layer(timeout)` is to a call what a stack of attributes is to a function,
//! the outermost layer first, and the rules are the same: an open circuit is not retried, a refusal that never ran the
//! body is no failure of a breaker further out, the [deadline](crate::deadline) crosses the layers, and what a policy
//! refuses becomes the user's error once, at the end. Policies that are nested by hand cannot obey them all: there a
//! refusal is converted as it leaves the first policy, and the next one may not know it again.
//!
//! ```
//! use std::time::Duration;
//! use resilience::{CircuitBreaker, Error, Pipeline, Retry, Timeout};
//!
//! #[derive(Debug, PartialEq)]
//! enum JiraError { Status(u16), Refused(Error) }
//!
//! impl From<Error> for JiraError {
//!     fn from(refusal: Error) -> Self { Self::Refused(refusal) }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), resilience::ConfigError> {
//! let breaker = CircuitBreaker::builder("jira_api").build()?;
//! let pipeline = Pipeline::new()
//!     .layer(Retry::builder("search").max_attempts(3).build()?)
//!     .layer(breaker.clone())
//!     .layer(Timeout::builder("search").duration(Duration::from_secs(2)).build()?);
//!
//! let page = pipeline.call_async(|| async { Ok::<_, JiraError>("page") });
//! assert_eq!(page.await, Ok("page"));
//!
//! breaker.force_open();
//! let refused = pipeline.call_async(|| async { Err::<(), _>(JiraError::Status(500)) }).await;
//! assert!(matches!(refused, Err(JiraError::Refused(Error::CircuitOpen(_)))));
//! assert_eq!(breaker.stats().rejected, 1, "asked once, not three times");
//! # Ok(()) }
//! ```
//!
//! # Layers
//!
//! | layer | what it does |
//! |---|---|
//! | [`Retry`] | retries by the [rules for refusals](crate::retry), and every error of the body |
//! | [`Retry::with`] | `\|attempts, outcome\|`: as in [`Retry::call_with`], and sees refusals |
//! | [`CircuitBreaker`] | `Err(_)`, `None` and a panic are failures; of a family, look the member up first |
//! | [`CircuitBreaker::with`] | `\|outcome\|`: as in [`CircuitBreaker::call_with`], and sees refusals |
//! | [`Timeout`] | async: drops what is inside at the limit. Sync: runs it in place, as [`Timeout::call`] does |
//! | [`Fallback::with`], [`Fallback::with_async`] | answers for what failed: a [`Fault`], the body's error or a refusal; [`when`](Answers::when) says for which |
//! | [`Fallback::with_outcome`], [`Fallback::with_outcome_async`] | also for values: [`when_result`](Answers::when_result) says for which |
//! | [`Fallback::with_recovery`], [`Fallback::with_recovery_async`] | may hand the failure back, and is not applied then |
//!
//! Of a [`Fault`] a closure is told by its type which of the two it is. The closures see the types of the call, so a
//! pipeline with one is for calls of these types; any other pipeline is for calls of any type.
//!
//! A body is called once for each attempt, never before the layers let it pass, and so it is `FnMut`, with or without a
//! retry. Nothing is allocated and nothing is boxed; the future of an async call is `Send` if the body and what it awaits
//! are.
//!
//! # Order
//!
//! Recommended, from the outside in: `fallback`, `timeout` for the whole call, `retry`, `circuit_breaker`, `timeout` for
//! each attempt. What cannot mean what it says does not compile: two retries, two breakers, and a retry, a breaker or a
//! fallback above a fallback that catches everything, which would never see a failure.
//!
//! ```compile_fail,E0277
//! use resilience::{Fallback, Pipeline, Retry};
//!
//! let retry = Retry::builder("search").build().unwrap();
//! let fallback = Fallback::new("search").with(|_| Ok::<_, String>("yesterday's page"));
//! let pipeline = Pipeline::new().layer(retry).layer(fallback);
//! ```
//!
//! A third timeout compiles, and is one too many.
//!
//! # What an attribute does beyond it
//!
//! The inventory and its call counts are those of annotated functions. `mode = thread` and `before_retry` are options of
//! attributes. The error of a body need not be printable here, so the event
//! [`Retried`](crate::EventKind::Retried) has no words for it, and an open circuit tells the name of its type.
//!
//! # When not to use it
//!
//! Around one policy alone: its own `call` is as good. Around a function that is always to be protected: the attributes
//! say so where it is written, and the inventory lists it.

mod body;
mod breaker;
mod exit;
mod fallback;
mod order;
mod refused;
mod retry;
mod stack;
mod timeout;

use std::fmt;
use std::future::Future;

pub use body::{Body, Calling};
pub use breaker::Guarded;
pub use exit::Exit;
pub use fallback::{
    Answered, AnsweredAsync, Answers, AnswersAsync, Every, Narrows, NoResult, OrResult, Picks, PicksResult, Recovering,
    Scope, When, WhenResult,
};
pub use order::{Above, Admits};
pub use refused::{By, ByFrom, Exits, Refuses};
pub use retry::Retried;
pub use stack::{Around, Attempt, ByDefault, Layer, With, Wrap};
pub use timeout::Limits;

pub use crate::core::outcome::Caught;
use crate::core::outcome::{Outcome, UserOnly};
#[cfg(doc)]
use crate::{CircuitBreaker, Fallback, Fault, Retry, Timeout};

/// Policies around a call, the outermost first. The rules are on [the module's page](self).
///
/// Its type lists the layers: `Pipeline<(((), Retry), CircuitBreaker)>`. Clones share their policies.
///
/// ```
/// use resilience::{CircuitBreaker, Fallback, Pipeline, Retry};
///
/// let retry = Retry::builder("stock").base_delay(std::time::Duration::from_millis(1)).build()?;
/// let pipeline = Pipeline::new()
///     .layer(Fallback::new("stock").with(|_fault| Ok::<_, std::io::Error>(0)))
///     .layer(retry.clone())
///     .layer(CircuitBreaker::builder("warehouse").build()?);
///
/// let pieces = pipeline.call(|| Err(std::io::Error::other("the warehouse is down")));
/// assert_eq!((pieces.unwrap(), retry.stats().retries), (0, 2));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Clone, Copy)]
#[must_use = "a pipeline does nothing before something is called through it"]
pub struct Pipeline<L = (), X = ByFrom> {
    layers: L,
    /// What becomes of refusals.
    refusals: X,
}

impl Pipeline {
    /// A pipeline without layers.
    pub const fn new() -> Self {
        Self { layers: (), refusals: ByFrom }
    }
}

impl Default for Pipeline {
    fn default() -> Self {
        Self::new()
    }
}

impl<L, X> Pipeline<L, X> {
    /// Puts a layer inside of those that are there.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::{CircuitBreaker, Pipeline, Retry, Timeout};
    ///
    /// type Jira = Pipeline<((((), Timeout), Retry), CircuitBreaker)>;
    ///
    /// fn jira() -> Result<Jira, resilience::ConfigError> {
    ///     Ok(Pipeline::new()
    ///         .layer(Timeout::builder("search").duration(Duration::from_secs(5)).build()?)
    ///         .layer(Retry::builder("search").build()?)
    ///         .layer(CircuitBreaker::builder("jira_api").build()?))
    /// }
    /// # jira().unwrap();
    /// ```
    pub fn layer<P: Layer>(self, layer: P) -> Pipeline<(L, P), X>
    where
        L: Admits<P::Role>,
    {
        Pipeline { layers: (self.layers, layer), refusals: self.refusals }
    }
}

impl<L> Pipeline<L> {
    /// Calls `body` through the layers.
    ///
    /// ```
    /// use resilience::{CircuitBreaker, Error, Pipeline};
    ///
    /// let breaker = CircuitBreaker::builder("jira_api").build()?;
    /// let pipeline = Pipeline::new().layer(breaker.clone());
    /// assert_eq!(pipeline.call(|| Some("page")), Some("page"));
    /// assert_eq!(pipeline.call(|| Ok::<_, Error>("page")), Ok("page"));
    ///
    /// breaker.force_open();
    /// assert_eq!(pipeline.call(|| Some("page")), None);
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// The body's own, that of a fallback, or the refusal of a policy through `E: From<resilience::Error>` (for any other
    /// error type: [`refused`](Self::refused)), which is asked
    /// for only where one can get out: not of retries alone, and not under a fallback that catches everything. Above a
    /// retry with a rule of its own, or a fallback with `when` or `with_recovery`, one is taken to. An `Option` becomes
    /// `None`.
    ///
    /// # Panics
    /// With the panic of the body or of a closure of a layer. To the breakers around it a panic is a failure.
    pub fn call<R, B>(&self, mut body: B) -> R
    where
        B: FnMut() -> R,
        R: Outcome,
        L: Around<R::Ok, UserOnly<R::Err>, Caught: Exit<R::Err>>,
    {
        let outcome = self.layers.around(&mut || body().into_result().map_err(UserOnly));
        R::from_result(outcome.map_err(Exit::exit))
    }

    /// Awaits what `body` makes through the layers. It is called when an attempt begins, and not before.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), resilience::ConfigError> {
    /// use std::cell::Cell;
    /// use std::time::Duration;
    /// use resilience::{Pipeline, Retry};
    ///
    /// let retry = Retry::builder("search").base_delay(Duration::from_millis(1)).build()?;
    /// let calls = Cell::new(0);
    /// let page = Pipeline::new().layer(retry).call_async(|| async {
    ///     calls.set(calls.get() + 1);
    ///     if calls.get() < 3 { Err("busy") } else { Ok("page") }
    /// }).await;
    /// assert_eq!((page, calls.get()), (Ok("page"), 3));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`call`](Self::call).
    ///
    /// # Panics
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    /// Dropping the future drops the attempt under way, or ends the delay. Every layer counts that as it does by itself:
    /// as cancelled, or, when one of our timeouts has dropped it, as timed out; what it held is free again.
    pub fn call_async<'a, R, B, F>(&'a self, body: B) -> Calling<<&'a L as Wrap<Body<B, F>>>::Attempt, R>
    where
        B: FnMut() -> F,
        F: Future<Output = R>,
        R: Outcome,
        &'a L: Wrap<Body<B, F>, Attempt: Attempt<Ok = R::Ok, Caught: Exit<R::Err>>>,
    {
        Calling::new(self.layers.wrap(Body::new(body)), ByFrom)
    }
}

impl<L: fmt::Debug, X> fmt::Debug for Pipeline<L, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline").field("layers", &self.layers).finish()
    }
}
