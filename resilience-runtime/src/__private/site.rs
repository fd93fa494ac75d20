//! The static of a layer: it finds its policy once, then costs one load.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use once_cell::sync::OnceCell;

use crate::circuit_breaker::{CircuitBreaker, KeyedCircuitBreaker, Pass};
use crate::error::Error;
use crate::fallback::{Applied, Fallback};
use crate::frame::Frame;
use crate::function::{Function, Layer};
use crate::inventory;
use crate::retry::{Attempts, Retry};
use crate::timeout::{self, Limited, Timeout};

/// The policy of one layer of one function.
pub struct Site<T> {
    policy: OnceCell<T>,
    function: &'static Function,
    layer: usize,
}

impl<T> Site<T> {
    /// The site of the layer at the index `layer` of `function`; it has not been called yet.
    #[must_use]
    pub const fn new(function: &'static Function, layer: usize) -> Self {
        Self { policy: OnceCell::new(), function, layer }
    }

    /// The policy, whose options depend on the call; the first call resolves it.
    ///
    /// `resolve` evaluates the user's expressions, which may panic or call the function again: it runs outside the
    /// cell. Calls that race resolve the same policy.
    #[inline(always)]
    pub fn get_with(&'static self, resolve: impl FnOnce(&'static Function) -> T) -> &'static T {
        match self.policy.get() {
            Some(policy) => policy,
            None => self.first(resolve),
        }
    }

    #[cold]
    #[inline(never)]
    fn first(&'static self, resolve: impl FnOnce(&'static Function) -> T) -> &'static T {
        let policy = resolve(self.function);
        self.policy.get_or_init(|| policy)
    }
}

impl<T: Sited> Site<T> {
    /// The policy as it is declared; the first call resolves it.
    #[inline(always)]
    pub fn get(&'static self) -> &'static T {
        match self.policy.get() {
            Some(policy) => policy,
            None => self.resolve(),
        }
    }

    #[cold]
    #[inline(never)]
    fn resolve(&'static self) -> &'static T {
        self.first(|function| T::resolve(function, &function.layers()[self.layer]))
    }
}

// What an expansion does with a policy, together with finding it: the compiler has half as much to check.

impl Site<Retry> {
    /// Begins the attempts of a sync call.
    #[inline(always)]
    pub fn attempts<'a>(&'static self, frame: &'a Frame) -> Attempts<'a> {
        self.get().start_in(frame)
    }

    /// Begins the attempts of an async call.
    #[inline(always)]
    pub fn attempts_async<'a>(&'static self, frame: &'a Frame) -> Attempts<'a> {
        self.get().start_in_task(frame)
    }
}

impl Site<CircuitBreaker> {
    /// A pass that has not been asked for yet.
    #[inline(always)]
    pub fn pass<'a>(&'static self, frame: &'a Frame) -> Pass<'a> {
        Pass::new(self.get(), frame)
    }
}

impl Site<Fallback> {
    /// It is about to run.
    #[inline(always)]
    pub fn apply<'a>(&'static self, frame: &'a Frame) -> Applied<'a> {
        self.get().apply(frame)
    }
}

impl Site<Timeout> {
    /// Limits a future, which the coroutine of `frame` awaits.
    #[inline(always)]
    pub fn limit<'a, F, S, T, C>(
        &'static self,
        limit: Duration,
        frame: &'a Frame,
        future: F,
        split: S,
    ) -> Limited<'a, F, S>
    where
        F: Future,
        S: Fn(F::Output) -> Result<T, C>,
    {
        timeout::limit(self.get(), limit, frame, future, split)
    }

    /// Runs a sync body in place; a late result is a time-out.
    #[allow(clippy::missing_errors_doc)]
    #[inline]
    pub fn within<X>(&'static self, limit: Duration, body: impl FnOnce() -> X) -> Result<X, Error> {
        timeout::within(self.get(), limit, body)
    }

    /// Runs a sync body on a worker thread.
    #[allow(clippy::missing_errors_doc)]
    pub fn on_worker<X: Send + 'static>(
        &'static self,
        limit: Duration,
        body: impl FnOnce() -> X + Send + 'static,
    ) -> Result<X, Error> {
        timeout::on_worker(self.get(), limit, body)
    }
}

/// A policy that a layer of a function declares.
pub trait Sited: Sized {
    /// It, as the global registry has it.
    fn resolve(function: &'static Function, layer: &Layer) -> Self;
}

impl Sited for Retry {
    fn resolve(function: &'static Function, layer: &Layer) -> Self {
        inventory::resolve_retry(function, layer.retry())
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
