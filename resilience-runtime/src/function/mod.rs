//! The record of an annotated function: where it is, what stands around it, and how its calls end.

mod call;
mod entry;
mod layer;
mod stats;
mod tried;

use std::fmt;

use once_cell::sync::OnceCell;
use serde::ser::{Serialize, SerializeStruct, Serializer};

pub use call::Call;
pub use entry::Entry;
pub(crate) use entry::collected;
pub(crate) use layer::ATTEMPT;
pub use layer::{Layer, Settings};
pub use stats::CallStats;
pub(crate) use stats::{BOUNDS, BUCKETS, EndedReading, OUTCOMES, Outcome, Reading, time_calls};
pub use tried::Tried;

use crate::circuit_breaker::CircuitBreakerBuilder;
use crate::kind::PolicyKind;
use crate::retry::{FirstTries, Retry, RetryBuilder};
use crate::sync::{AtomicBool, Ordering};
use stats::Stats;

/// An annotated function, as [`Registry::inventory`](crate::Registry::inventory) lists it.
///
/// It is known from the start of the program, before its first call. Serialises to
/// `{"path": .., "file": .., "line": .., "layers": [{"kind": .., "name": .., "options": {..}}]}`.
///
/// ```
/// # use resilience::__private as p;
/// # static SEARCH: p::Function = p::Function::new(p::Declared {
/// #     path: "my_app::jira::search",
/// #     file: "src/jira.rs",
/// #     line: 12,
/// #     layers: &["#retry", "max_attempts", "3"],
/// #     settings: &[(0, p::Settings::Retry(|builder| builder.max_attempts(3)))],
/// # });
/// # p::inventory::submit! { p::Entry(&SEARCH) }
/// // A function with `#[retry(max_attempts = 3)]`, in line 12 of src/jira.rs.
/// let search = resilience::registry().inventory()[0];
/// assert_eq!((search.path(), search.file(), search.line()), ("my_app::jira::search", "src/jira.rs", 12));
/// assert_eq!((search.layers().len(), search.stats().calls), (1, 0));
/// ```
pub struct Function {
    declared: Declared,
    /// Made of what is declared when somebody asks.
    layers: OnceCell<&'static [Layer]>,
    stats: Stats,
    /// That of its attribute, once a call has found it.
    retry: OnceCell<Retry>,
    /// Whether it has been found, and asks for nothing before a first attempt.
    plain_retry: AtomicBool,
}

/// What an expansion says about its function: texts in a row, because every value that is made of others in a static
/// costs the compiler more than what it says.
#[derive(Debug)]
pub struct Declared {
    /// Module path and name: `my_app::jira::search`.
    pub path: &'static str,
    /// The source file.
    pub file: &'static str,
    /// The line of the function's name.
    pub line: u32,
    /// The policies around it, outermost first: `"#retry"`, or `"=retry"` and its name, then each option with its source.
    pub layers: &'static [&'static str],
    /// What the attributes set, with the index of the layer.
    pub settings: &'static [(usize, Settings)],
}

/// Takes the policies that a function declares, while its inventory entry is read.
pub(crate) trait Registrar {
    /// A `#[circuit_breaker]`.
    fn circuit_breaker(&self, builder: CircuitBreakerBuilder);
    /// A `#[circuit_breaker(key = ..)]` with room for `max_keys` keys.
    fn keyed_circuit_breaker(&self, builder: CircuitBreakerBuilder, max_keys: usize);
    /// A `#[retry]`.
    fn retry(&self, builder: RetryBuilder);
    /// A `#[timeout]`.
    fn timeout(&self, name: &'static str);
    /// A `#[fallback]`.
    fn fallback(&self, name: &'static str);
}

impl Function {
    /// The record of a function; it lives in a `static`. For expansions.
    #[must_use]
    pub const fn new(declared: Declared) -> Self {
        // A constant: the compiler evaluates it once, and not for every function.
        #[allow(clippy::declare_interior_mutable_const, reason = "each function gets a copy of its own")]
        const STATS: Stats = Stats::new();
        #[allow(clippy::declare_interior_mutable_const, reason = "each function gets a copy of its own")]
        const LAYERS: OnceCell<&[Layer]> = OnceCell::new();
        #[allow(clippy::declare_interior_mutable_const, reason = "each function gets a copy of its own")]
        const RETRY: OnceCell<Retry> = OnceCell::new();
        Self { declared, layers: LAYERS, stats: STATS, retry: RETRY, plain_retry: AtomicBool::new(false) }
    }

    /// Whether a call has nothing to do for the retry before its first attempt.
    // Acquire, with the release in `keep_retry`: the retry is there.
    #[inline(always)]
    fn has_plain_retry(&self) -> bool {
        self.plain_retry.load(Ordering::Acquire)
    }

    fn keep_retry(&self, retry: &Retry) {
        self.retry.get_or_init(|| retry.clone());
        self.plain_retry.store(retry.is_plain(), Ordering::Release);
    }

    /// The retry of a call that has begun.
    fn own_retry(&'static self) -> &'static Retry {
        match self.retry.get() {
            Some(retry) => retry,
            None => unreachable!("{}: a call finds the retry before it counts for it", self.path()),
        }
    }

    /// Module path and name: `my_app::jira::search`. Methods of two types in one module may share it.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.declared.path
    }

    /// The source file, as the compiler names it.
    #[must_use]
    pub const fn file(&self) -> &'static str {
        self.declared.file
    }

    /// The line of the function's name.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.declared.line
    }

    /// The policies around it, outermost first.
    #[must_use]
    pub fn layers(&self) -> &'static [Layer] {
        self.layers.get_or_init(|| Layer::of(&self.declared))
    }

    /// How its calls have ended so far.
    #[must_use]
    pub fn stats(&self) -> CallStats {
        CallStats::of(&self.stats)
    }

    pub(crate) fn readings(&self) -> Reading {
        self.stats.read()
    }

    /// Whether a call can fall back at all.
    pub(crate) fn has_fallback(&self) -> bool {
        self.layers().iter().any(|layer| layer.kind() == PolicyKind::Fallback)
    }

    /// Hands over the policies whose options are known without a call.
    pub(crate) fn register(&self, registrar: &dyn Registrar) {
        for layer in self.layers() {
            layer.register(registrar);
        }
    }
}

impl FirstTries for Function {
    fn first_tries(&self) -> u64 {
        self.stats.first_tries()
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function")
            .field("path", &self.path())
            .field("file", &self.file())
            .field("line", &self.line())
            .field("layers", &self.layers())
            .finish_non_exhaustive()
    }
}

impl Serialize for Function {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut function = serializer.serialize_struct("Function", 4)?;
        function.serialize_field("path", self.path())?;
        function.serialize_field("file", self.file())?;
        function.serialize_field("line", &self.line())?;
        function.serialize_field("layers", self.layers())?;
        function.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static SEARCH: Function = Function::new(Declared {
        path: "app::search",
        file: "src/app.rs",
        line: 7,
        layers: &[
            "#fallback",
            "path",
            "cached",
            "=circuit_breaker",
            "jira",
            "failure_threshold",
            "5",
            "recovery_timeout",
            "30s",
        ],
        settings: &[],
    });

    #[test]
    fn a_record_serialises_with_its_options_in_order() {
        assert_eq!(
            serde_json::to_string(&SEARCH).unwrap(),
            r#"{"path":"app::search","file":"src/app.rs","line":7,"layers":[{"kind":"fallback","name":"app::search","options":{"path":"cached"}},{"kind":"circuit_breaker","name":"jira","options":{"failure_threshold":"5","recovery_timeout":"30s"}}]}"#
        );
    }

    #[test]
    fn a_function_without_a_fallback_cannot_fall_back() {
        static PLAIN: Function = Function::new(Declared { path: "p", file: "f", line: 1, layers: &[], settings: &[] });
        assert!(SEARCH.has_fallback() && !PLAIN.has_fallback());
    }
}
