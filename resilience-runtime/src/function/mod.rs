//! The record of an annotated function: where it is, what stands around it, and how its calls end.

mod call;
mod entry;
mod stats;

use std::fmt;

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

pub use call::Call;
pub use entry::Entry;
pub(crate) use entry::collected;
pub use stats::CallStats;
pub(crate) use stats::{BOUNDS, BUCKETS, EndedReading, OUTCOMES, Outcome, Reading, time_calls};

use crate::circuit_breaker::CircuitBreakerBuilder;
use crate::kind::PolicyKind;
use crate::retry::RetryBuilder;
use stats::Stats;

/// An annotated function, as [`Registry::inventory`](crate::Registry::inventory) lists it.
///
/// It is known from the start of the program, before its first call. Serialises to
/// `{"path": .., "file": .., "line": .., "layers": [{"kind": .., "name": .., "options": {..}}]}`.
///
/// ```
/// # use resilience_runtime::__private as p;
/// # static SEARCH: p::Function = p::Function::new(p::Declared {
/// #     path: "my_app::jira::search",
/// #     file: "src/jira.rs",
/// #     line: 12,
/// #     layers: &[p::Layer::new(p::Kind::Retry, "my_app::jira::search", &[("max_attempts", "3")])],
/// #     register: |registrar| registrar.retry(p::Retry::builder("my_app::jira::search").max_attempts(3)),
/// # });
/// # p::inventory::submit! { p::Entry(&SEARCH) }
/// // A function with `#[retry(max_attempts = 3)]`, in line 12 of src/jira.rs.
/// let search = resilience_runtime::registry().inventory()[0];
/// assert_eq!((search.path(), search.file(), search.line()), ("my_app::jira::search", "src/jira.rs", 12));
/// assert_eq!((search.layers().len(), search.stats().total_calls), (1, 0));
/// ```
pub struct Function {
    declared: Declared,
    stats: Stats,
}

/// What an expansion says about its function.
#[derive(Debug)]
pub struct Declared {
    /// Module path and name: `my_app::jira::search`.
    pub path: &'static str,
    /// The source file.
    pub file: &'static str,
    /// The line of the function's name.
    pub line: u32,
    /// The policies around it, outermost first.
    pub layers: &'static [Layer],
    /// Builds the policies whose options are known without a call.
    pub register: fn(&Registering),
}

/// Takes the policies that a function declares, while its inventory entry is read.
pub trait Registrar {
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

/// A registrar, whichever it is.
pub type Registering = dyn Registrar + 'static;

/// One policy around a function.
///
/// ```
/// use resilience_runtime::{Layer, PolicyKind};
///
/// const LAYER: Layer = Layer::new(PolicyKind::Retry, "search", &[("max_attempts", "3")]);
/// assert_eq!((LAYER.kind(), LAYER.name()), (PolicyKind::Retry, "search"));
/// assert_eq!(LAYER.options(), [("max_attempts", "3")]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    kind: PolicyKind,
    name: &'static str,
    options: &'static [(&'static str, &'static str)],
}

impl Layer {
    /// The layer of one attribute.
    #[must_use]
    pub const fn new(kind: PolicyKind, name: &'static str, options: &'static [(&'static str, &'static str)]) -> Self {
        Self { kind, name, options }
    }

    /// The kind of policy.
    #[must_use]
    pub const fn kind(&self) -> PolicyKind {
        self.kind
    }

    /// The name of the policy: its `name = ..`, else the path of the function.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The options as they are written, literals without their quotes, defaults not filled in:
    /// `("max_attempts", "3")`, `("base_delay", "100ms")`.
    #[must_use]
    pub const fn options(&self) -> &'static [(&'static str, &'static str)] {
        self.options
    }
}

impl Function {
    /// The record of a function; it lives in a `static`. For expansions.
    #[must_use]
    pub const fn new(declared: Declared) -> Self {
        Self { declared, stats: Stats::new() }
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
    pub const fn layers(&self) -> &'static [Layer] {
        self.declared.layers
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
        self.layers().iter().any(|layer| layer.kind == PolicyKind::Fallback)
    }

    pub(crate) fn register(&self, registrar: &Registering) {
        (self.declared.register)(registrar);
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

impl Serialize for Layer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut layer = serializer.serialize_struct("Layer", 3)?;
        layer.serialize_field("kind", &self.kind)?;
        layer.serialize_field("name", self.name)?;
        layer.serialize_field("options", &Options(self.options))?;
        layer.end()
    }
}

/// Options as a JSON object, in the order they are written.
struct Options(&'static [(&'static str, &'static str)]);

impl Serialize for Options {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut options = serializer.serialize_map(Some(self.0.len()))?;
        for (option, source) in self.0 {
            options.serialize_entry(option, source)?;
        }
        options.end()
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
            Layer::new(PolicyKind::Fallback, "app::search", &[("path", "cached")]),
            Layer::new(PolicyKind::CircuitBreaker, "jira", &[("failure_threshold", "5"), ("recovery_timeout", "30s")]),
        ],
        register: |r: &Registering| r.fallback("app::search"),
    });

    #[test]
    fn a_record_serialises_with_its_options_in_order() {
        assert_eq!(
            serde_json::to_string(&SEARCH).unwrap(),
            r#"{"path":"app::search","file":"src/app.rs","line":7,"layers":[{"kind":"fallback","name":"app::search","options":{"path":"cached"}},{"kind":"circuit_breaker","name":"jira","options":{"failure_threshold":"5","recovery_timeout":"30s"}}]}"#
        );
    }

    #[test]
    fn the_registrar_may_be_named_as_a_trait_or_as_a_type() {
        static PLAIN: Function = Function::new(Declared {
            path: "p",
            file: "f",
            line: 1,
            layers: &[],
            register: |r: &Registering| r.timeout("t"),
        });
        assert!(SEARCH.has_fallback() && !PLAIN.has_fallback());
    }
}
