//! The annotated functions of a program, and how they find their policies.
//!
//! Every expansion leaves a record in the binary. So the global registry knows each function and each policy with fixed
//! options before its first call: a dashboard is complete from the start, and [`Registry::validate`] in a test sees the
//! whole program.

use crate::function::Function;
use crate::policies::circuit_breaker::{CircuitBreaker, CircuitBreakerBuilder, KeyedCircuitBreaker};
use crate::policies::fallback::Fallback;
use crate::policies::retry::{Retry, RetryBuilder};
use crate::policies::timeout::Timeout;
use crate::registry::{Registry, global};

impl Registry {
    /// Every annotated function whose policies live in this registry, by file and line: for the global registry those
    /// of the whole binary, called or not; for a registry of one's own none.
    ///
    /// ```
    /// assert!(resilience::Registry::new().inventory().is_empty());
    ///
    /// for function in resilience::registry().inventory() {
    ///     println!("{} at {}:{}", function.name(), function.file(), function.line());
    ///     for layer in function.layers() {
    ///         println!("  {} `{}` {:?}", layer.kind(), layer.name(), layer.options());
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn inventory(&self) -> Vec<&'static Function> {
        self.functions()
    }
}

/// The breaker of a call site of `function`.
pub fn resolve_circuit_breaker(function: &'static Function, builder: CircuitBreakerBuilder) -> CircuitBreaker {
    global().site(function).circuit_breaker(builder)
}

/// The family of breakers of a call site of `function`.
pub fn resolve_keyed_circuit_breaker(
    function: &'static Function,
    builder: CircuitBreakerBuilder,
    max_keys: usize,
) -> KeyedCircuitBreaker {
    global().site(function).keyed_circuit_breaker(builder, max_keys)
}

/// The retry of a call site of `function`.
pub fn resolve_retry(function: &'static Function, builder: RetryBuilder) -> Retry {
    global().site(function).retry(builder)
}

/// The timeout of a call site of `function`.
pub(crate) fn resolve_timeout(function: &'static Function, name: &'static str) -> Timeout {
    global().site(function).timeout(name)
}

/// The fallback of a call site of `function`.
pub(crate) fn resolve_fallback(function: &'static Function, name: &'static str) -> Fallback {
    global().site(function).fallback(name)
}
