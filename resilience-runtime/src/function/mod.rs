//! The record of an annotated function: where it is, what stands around it, and how its calls end.

mod call;
mod entry;
mod identity;
mod layer;
mod roll;
mod stats;
mod tried;

use std::fmt;
use std::panic::Location;

use once_cell::sync::OnceCell;
use serde::ser::{Serialize, SerializeStruct, Serializer};

pub use call::{Call, Guard};
pub use entry::enlist;
pub use layer::{Layer, Settings};
#[cfg(test)]
pub(crate) use roll::call;
pub(crate) use roll::functions;
pub use stats::CallStats;
pub(crate) use stats::{BOUNDS, BUCKETS, EndedReading, OUTCOMES, Outcome, Reading, time_calls};
pub use tried::Tried;

use crate::core::chain::Link;
use crate::core::kind::PolicyKind;
use crate::core::sync::{AtomicBool, Ordering};
use crate::policies::circuit_breaker::CircuitBreakerBuilder;
use crate::policies::retry::{FirstTries, Retry, RetryBuilder};
use identity::Identity;
use stats::Stats;

/// An annotated function, as [`Registry::inventory`](crate::Registry::inventory) lists it.
///
/// It is known from the start of the program, before its first call. One place in the source is one function: also where
/// another macro emits it twice, where it is generic, or where several parts of a program bring a copy of it. What a macro
/// writes each time that it is called are functions of their own.
///
/// Serialises to `{"path": .., "name": .., "file": .., "line": .., "layers": [{"kind": .., "name": .., "options": {..}}]}`.
///
/// ```
/// # use resilience::__private as p;
/// # static SEARCH: p::Function = p::Function::new(p::Declared {
/// #     path: "my_app::jira::search",
/// #     place: 12 << 32 | 10,
/// #     layers: &["#retry", "max_attempts", "3"],
/// #     settings: &[(0, p::Settings::Retry(|builder| builder.max_attempts(3)))],
/// # });
/// # p::enlist(&SEARCH);
/// // A function with `#[retry(max_attempts = 3)]`, in line 12.
/// let search = resilience::registry().inventory()[0];
/// assert_eq!((search.path(), search.file(), search.line()), ("my_app::jira::search", file!(), 12));
/// assert_eq!((search.name(), search.layers()[0].name()), ("my_app::jira::search", "my_app::jira::search"));
/// assert_eq!((search.layers().len(), search.stats().calls), (1, 0));
/// ```
pub struct Function {
    declared: Declared,
    /// The attribute, or the outermost macro call that it comes out of.
    call: &'static Location<'static>,
    /// What it shares with the other records of its place: found when somebody asks.
    identity: OnceCell<&'static Identity>,
    /// Its place among all functions.
    link: Link<Self>,
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
    /// Line and column of the function's name, the line in the upper half.
    pub place: u64,
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
    #[track_caller]
    pub const fn new(declared: Declared) -> Self {
        Self::at(declared, Location::caller())
    }

    const fn at(declared: Declared, call: &'static Location<'static>) -> Self {
        // A constant: the compiler evaluates it once, and not for every function.
        #[allow(clippy::declare_interior_mutable_const, reason = "each function gets a copy of its own")]
        const STATS: Stats = Stats::new();
        #[allow(clippy::declare_interior_mutable_const, reason = "each function gets a copy of its own")]
        const IDENTITY: OnceCell<&Identity> = OnceCell::new();
        #[allow(clippy::declare_interior_mutable_const, reason = "each function gets a copy of its own")]
        const RETRY: OnceCell<Retry> = OnceCell::new();
        #[allow(clippy::declare_interior_mutable_const, reason = "each function gets a copy of its own")]
        const LINK: Link<Function> = Link::new();
        let plain_retry = AtomicBool::new(false);
        Self { declared, call, identity: IDENTITY, link: LINK, stats: STATS, retry: RETRY, plain_retry }
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

    fn identity(&self) -> &'static Identity {
        match self.identity.get() {
            Some(identity) => identity,
            None => roll::identity(self),
        }
    }

    /// Whether both are records of one place in the source.
    pub(crate) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self.identity(), other.identity())
    }

    /// Module path and name: `my_app::jira::search`. Methods of two types in one module may share it:
    /// [`name`](Self::name) tells them apart.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.declared.path
    }

    /// What its policies are called that have no name of their own, and the rows about its calls in
    /// [metrics](crate::metrics): the path. Where functions share one, the first of them in the source has it, and the
    /// others a number behind it: `my_app::jira::search~2`.
    ///
    /// The number is that of the function among those of its path in the file, whatever stands above them, in every build of
    /// one source, and whoever is called first. It lasts as long as the process: what a library brings that is loaded later
    /// is numbered on.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.identity().name
    }

    /// The source file, as the compiler names it; of a function that a macro writes, that of the macro call.
    #[must_use]
    pub const fn file(&self) -> &'static str {
        self.call.file()
    }

    /// The line of the function's name.
    #[must_use]
    pub const fn line(&self) -> u32 {
        (self.declared.place >> 32) as u32
    }

    /// The policies around it, outermost first.
    #[must_use]
    pub fn layers(&self) -> &'static [Layer] {
        self.identity().layers
    }

    /// How its calls have ended so far.
    #[must_use]
    pub fn stats(&self) -> CallStats {
        CallStats::of(&self.readings())
    }

    pub(crate) fn readings(&self) -> Reading {
        self.identity().read(self)
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
            .field("name", &self.name())
            .field("file", &self.file())
            .field("line", &self.line())
            .field("layers", &self.layers())
            .finish_non_exhaustive()
    }
}

impl Serialize for Function {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut function = serializer.serialize_struct("Function", 5)?;
        function.serialize_field("path", self.path())?;
        function.serialize_field("name", self.name())?;
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
        path: "shop::search",
        place: 7 << 32 | 10,
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
            serde_json::to_string(&SEARCH).unwrap().replace(file!(), "FILE"),
            r#"{"path":"shop::search","name":"shop::search","file":"FILE","line":7,"layers":[{"kind":"fallback","name":"shop::search","options":{"path":"cached"}},{"kind":"circuit_breaker","name":"jira","options":{"failure_threshold":"5","recovery_timeout":"30s"}}]}"#
        );
    }

    #[test]
    fn a_function_without_a_fallback_cannot_fall_back() {
        const DECLARED: Declared = Declared { path: "p", place: 0, layers: &[], settings: &[] };
        static PLAIN: Function = Function::new(DECLARED);
        assert!(SEARCH.has_fallback() && !PLAIN.has_fallback());
    }
}
