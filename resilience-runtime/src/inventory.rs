//! The global registry, and the annotated functions it is made of.
//!
//! Every expansion leaves a record in the binary, which the linker collects. So the global registry knows each function
//! and each policy with fixed options before its first call: a dashboard is complete from the start, and
//! [`Registry::validate`] in a test sees the whole program.

use once_cell::sync::Lazy;

use crate::circuit_breaker::{CircuitBreaker, CircuitBreakerBuilder, KeyedCircuitBreaker};
use crate::fallback::Fallback;
use crate::function::Function;
use crate::registry::Registry;
use crate::retry::{Retry, RetryBuilder};
use crate::timeout::Timeout;

/// The record of one annotated function, for the linker.
#[derive(Debug)]
pub struct Entry(pub &'static Function);

::inventory::collect!(Entry);

static REGISTRY: Lazy<Registry> = Lazy::new(|| Registry::with(Some(functions)));

/// The registry of the process: the one that attributes use. Cheap to call.
///
/// On its first reading it takes in the policies of all annotated functions whose options are known without a call.
/// Options that depend on arguments are known from the function's first call on.
///
/// ```
/// let health = resilience_runtime::registry().health();
/// assert_eq!(health.status, "healthy");
/// ```
#[must_use]
pub fn registry() -> Registry {
    REGISTRY.clone()
}

/// Every annotated function of the binary, by file and line.
fn functions() -> Vec<&'static Function> {
    let mut functions: Vec<_> = ::inventory::iter::<Entry>
        .into_iter()
        .map(|entry| entry.0)
        .collect();
    functions.sort_by_key(|function| (function.file(), function.line(), function.path()));
    functions
}

impl Registry {
    /// Every annotated function whose policies live in this registry, by file and line: for the global registry those
    /// of the whole binary, called or not; for a registry of one's own none.
    ///
    /// ```
    /// for function in resilience_runtime::registry().inventory() {
    ///     println!("{} at {}:{}", function.path(), function.file(), function.line());
    ///     for layer in function.layers() {
    ///         println!("  {} `{}` {:?}", layer.kind(), layer.name(), layer.options());
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn inventory(&self) -> Vec<&'static Function> {
        self.source()
            .map(|functions| functions())
            .unwrap_or_default()
    }
}

/// The breaker of a call site of `function`.
pub fn resolve_circuit_breaker(
    function: &'static Function,
    builder: CircuitBreakerBuilder,
) -> CircuitBreaker {
    REGISTRY.site(function).circuit_breaker(builder)
}

/// The family of breakers of a call site of `function`.
pub fn resolve_keyed_circuit_breaker(
    function: &'static Function,
    builder: CircuitBreakerBuilder,
    max_keys: usize,
) -> KeyedCircuitBreaker {
    REGISTRY
        .site(function)
        .keyed_circuit_breaker(builder, max_keys)
}

/// The retry of a call site of `function`.
pub fn resolve_retry(function: &'static Function, builder: RetryBuilder) -> Retry {
    REGISTRY.site(function).retry(builder)
}

/// The timeout of a call site of `function`.
pub fn resolve_timeout(function: &'static Function, name: &'static str) -> Timeout {
    REGISTRY.site(function).timeout(name)
}

/// The fallback of a call site of `function`.
pub fn resolve_fallback(function: &'static Function, name: &'static str) -> Fallback {
    REGISTRY.site(function).fallback(name)
}
