//! The static of a function: each layer finds its policy once, which then costs one load.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use once_cell::sync::OnceCell;

use crate::context::frame::Frame;
use crate::core::error::Error;
use crate::core::outcome::Outcome;
use crate::function::{Declared, Function, Layer, Settings, Tried};
use crate::policies::circuit_breaker::{CircuitBreaker, KeyedCircuitBreaker, Pass};
use crate::policies::fallback::{Applied, Fallback};
use crate::policies::retry::{Attempts, Retry};
use crate::policies::timeout::{self, Limited, Splits, Timeout};
use crate::registry::inventory;

/// An annotated function and the places of its policies: what an expansion keeps in a static.
///
/// The places are those of an empty constant, which the compiler works out once for every stack of attributes: made one
/// by one they would be the dearest part of an expansion.
#[derive(Debug)]
pub struct Record<S>(pub Function, pub S);

impl<S: Sites> Record<S> {
    /// The record of a function that has not been called yet.
    ///
    /// Arguments, because the struct of them would be dearer for the compiler; a caller that is tracked, because that is
    /// the place which `file!()`, `line!()` and `column!()` give, at half of their price.
    #[must_use]
    #[track_caller]
    pub const fn new(
        path: &'static str,
        place: u64,
        layers: &'static [&'static str],
        settings: &'static [(usize, Settings)],
    ) -> Self {
        Self(Function::new(Declared { path, place, layers, settings }), S::EMPTY)
    }
}

/// The places of the policies of a function, the outermost first: `(Site<Retry>, (Site<Timeout>, ()))`.
pub trait Sites {
    /// How many there are.
    const COUNT: usize;
    /// None has found its policy.
    const EMPTY: Self;
}

impl Sites for () {
    const COUNT: usize = 0;
    const EMPTY: Self = ();
}

impl<T, B: Sites> Sites for (Site<T>, B) {
    const COUNT: usize = B::COUNT + 1;
    #[allow(clippy::declare_interior_mutable_const, reason = "each function gets a copy of its own")]
    const EMPTY: Self = (Site { policy: OnceCell::new(), below: B::COUNT }, B::EMPTY);
}

/// The place of the policy of one layer of one function.
pub struct Site<T> {
    policy: OnceCell<T>,
    /// How many layers are further in.
    below: usize,
}

impl<T> Site<T> {
    /// The policy, whose options depend on the call; the first call resolves it.
    ///
    /// `resolve` evaluates the user's expressions, which may panic or call the function again: it runs outside the
    /// cell. Calls that race resolve the same policy.
    #[inline(always)]
    pub fn get_with(
        &'static self,
        function: &'static Function,
        resolve: impl FnOnce(&'static Function) -> T,
    ) -> &'static T {
        match self.policy.get() {
            Some(policy) => policy,
            None => self.first(|| resolve(function)),
        }
    }

    #[cold]
    #[inline(never)]
    fn first(&'static self, resolve: impl FnOnce() -> T) -> &'static T {
        let policy = resolve();
        self.policy.get_or_init(|| policy)
    }
}

impl<T: Sited> Site<T> {
    /// The policy as it is declared; the first call resolves it.
    #[inline(always)]
    pub fn get(&'static self, function: &'static Function) -> &'static T {
        match self.policy.get() {
            Some(policy) => policy,
            None => self.resolve(function),
        }
    }

    #[cold]
    #[inline(never)]
    fn resolve(&'static self, function: &'static Function) -> &'static T {
        let layers = function.layers();
        let policy = self.first(|| T::resolve(function, &layers[layers.len() - 1 - self.below]));
        policy.found(function);
        policy
    }
}

// What an expansion does with a policy, together with finding it: the compiler has half as much to check.

impl Site<Retry> {
    /// Begins the attempts of a sync call.
    #[inline(always)]
    pub fn attempts<'a>(&'static self, function: &'static Function, frame: &'a Frame) -> Attempts<'a> {
        self.get(function).start_in(frame)
    }

    /// Begins the attempts of an async call.
    #[inline(always)]
    pub fn attempts_async<'a>(&'static self, function: &'static Function, frame: &'a Frame) -> Attempts<'a> {
        self.get(function).start_in_task(frame)
    }
}

impl Site<Retry> {
    /// Begins an async call around all of which the retry is.
    #[inline(always)]
    pub fn enter<'a>(&'static self, function: &'static Function, frame: &'a Frame) -> Tried<'a> {
        Tried::enter(function, frame, || self.get(function))
    }
}

impl Site<CircuitBreaker> {
    /// A pass that has not been asked for yet.
    #[inline(always)]
    pub fn pass<'a>(&'static self, function: &'static Function, frame: &'a Frame) -> Pass<'a> {
        Pass::new(self.get(function), frame)
    }
}

impl Site<Fallback> {
    /// It is about to run.
    #[inline(always)]
    pub fn apply<'a>(&'static self, function: &'static Function, frame: &'a Frame) -> Applied<'a> {
        self.get(function).apply(frame)
    }
}

impl Site<Timeout> {
    /// Limits a future, which the coroutine of `frame` awaits. In nanoseconds: where the limit is written out, the
    /// compiler has a number to check, and no call.
    #[inline(always)]
    pub fn limit<'a, F, S>(
        &'static self,
        function: &'static Function,
        limit: u64,
        frame: &'a Frame,
        future: F,
        split: S,
    ) -> Limited<'a, F, S>
    where
        F: Future,
        S: Splits<F::Output>,
    {
        timeout::limit(self.get(function), limit, frame, future, split)
    }

    /// Runs a sync body in place; a late success is a time-out.
    #[allow(clippy::missing_errors_doc)]
    #[inline]
    pub fn within<X: Outcome>(
        &'static self,
        function: &'static Function,
        limit: Duration,
        body: impl FnOnce() -> X,
    ) -> Result<X, Error> {
        timeout::within(self.get(function), limit, body)
    }

    /// Runs a sync body on a worker thread.
    #[allow(clippy::missing_errors_doc)]
    pub fn on_worker<X: Send + 'static>(
        &'static self,
        function: &'static Function,
        limit: Duration,
        body: impl FnOnce() -> X + Send + 'static,
    ) -> Result<X, Error> {
        timeout::on_worker(self.get(function), limit, body)
    }
}

/// A policy that a layer of a function declares.
pub trait Sited: Sized {
    /// It, as the global registry has it.
    fn resolve(function: &'static Function, layer: &Layer) -> Self;

    /// It is the one that the function keeps.
    fn found(&self, _: &'static Function) {}
}

impl Sited for Retry {
    fn resolve(function: &'static Function, layer: &Layer) -> Self {
        inventory::resolve_retry(function, layer.retry())
    }

    fn found(&self, function: &'static Function) {
        self.add_function(function);
    }
}

impl Sited for CircuitBreaker {
    fn resolve(function: &'static Function, layer: &Layer) -> Self {
        inventory::resolve_circuit_breaker(function, layer.circuit_breaker())
    }
}

impl Sited for KeyedCircuitBreaker {
    fn resolve(function: &'static Function, layer: &Layer) -> Self {
        let (builder, max_keys) = layer.keyed_circuit_breaker();
        inventory::resolve_keyed_circuit_breaker(function, builder, max_keys)
    }
}

impl Sited for Timeout {
    fn resolve(function: &'static Function, layer: &Layer) -> Self {
        inventory::resolve_timeout(function, layer.name())
    }
}

impl Sited for Fallback {
    fn resolve(function: &'static Function, layer: &Layer) -> Self {
        inventory::resolve_fallback(function, layer.name())
    }
}

impl<T> fmt::Debug for Site<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Site").field(&self.policy.get().is_some()).finish()
    }
}
