//! One policy around a function: what the inventory shows of it, and how it is made.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use super::{Declared, Registrar};
use crate::core::kind::PolicyKind;
use crate::policies::circuit_breaker::{CircuitBreaker, CircuitBreakerBuilder, DEFAULT_MAX_KEYS};
use crate::policies::retry::{Retry, RetryBuilder};

/// One policy around a function.
///
/// ```
/// use resilience::{Layer, PolicyKind};
///
/// const LAYER: Layer = Layer::new(PolicyKind::Retry, "search", &[("max_attempts", "3")]);
/// assert_eq!((LAYER.kind(), LAYER.name()), (PolicyKind::Retry, "search"));
/// assert_eq!(LAYER.options(), [("max_attempts", "3")]);
/// ```
#[derive(Clone, Copy)]
pub struct Layer {
    kind: PolicyKind,
    name: &'static str,
    options: &'static [(&'static str, &'static str)],
    settings: Settings,
}

/// What an attribute sets. Plain functions and no closures that capture: they stand in the record of the function.
#[derive(Debug, Clone, Copy)]
pub enum Settings {
    /// Nothing: the defaults hold, or the policy has no options.
    Defaults,
    /// Of a `#[retry]`.
    Retry(fn(RetryBuilder) -> RetryBuilder),
    /// Of a `#[circuit_breaker]`.
    CircuitBreaker(fn(CircuitBreakerBuilder) -> CircuitBreakerBuilder),
    /// Of a `#[circuit_breaker(key = ..)]`, with the room for keys.
    Keyed(fn(CircuitBreakerBuilder) -> (CircuitBreakerBuilder, usize)),
    /// Known at a call only.
    OfEachCall,
}

/// What the inner one of two timeouts is called, behind the name of the function.
const ATTEMPT: &str = "/attempt";

/// The kinds that there are attributes of.
const KINDS: [PolicyKind; 4] =
    [PolicyKind::Retry, PolicyKind::CircuitBreaker, PolicyKind::Timeout, PolicyKind::Fallback];

impl Layer {
    /// The layer of one attribute.
    #[must_use]
    pub const fn new(kind: PolicyKind, name: &'static str, options: &'static [(&'static str, &'static str)]) -> Self {
        Self { kind, name, options, settings: Settings::Defaults }
    }

    /// The layers of a function, which stay as long as its record does: for ever.
    pub(super) fn of(declared: &Declared, default_name: &'static str) -> &'static [Self] {
        let mut layers: Vec<Self> = Vec::new();
        let mut words = declared.layers.iter().copied().peekable();
        let mut timeouts = 0;
        while let Some(word) = words.next() {
            let named = word.strip_prefix('=').map(|kind| (kind, words.next().unwrap_or_default()));
            let (kind, mut name) = named.unwrap_or((word.trim_start_matches('#'), default_name));
            if PolicyKind::Timeout == kind {
                timeouts += 1;
                // Each counts its own: the first is around the whole call.
                if timeouts == 2 && named.is_none() {
                    name = format!("{name}{ATTEMPT}").leak();
                }
            }
            let mut options = Vec::new();
            while let Some(option) = words.next_if(|word| !word.starts_with(['#', '='])) {
                options.push((option, words.next().unwrap_or_default()));
            }
            let known = KINDS.into_iter().find(|known| *known == kind);
            debug_assert!(known.is_some(), "the attributes know more kinds than the runtime: {kind}");
            layers.extend(known.map(|kind| Self::new(kind, name, options.leak())));
        }
        for (index, settings) in declared.settings {
            if let Some(layer) = layers.get_mut(*index) {
                layer.settings = *settings;
            }
        }
        layers.leak()
    }

    /// The kind of policy.
    #[must_use]
    pub const fn kind(&self) -> PolicyKind {
        self.kind
    }

    /// The name of the policy, by which the registry finds it, and which events, errors, logs and metrics show: its
    /// `name = ..`, else the [name of the function](super::Function::name); of the inner one of two timeouts, that with
    /// `/attempt`.
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

    /// Hands over the policy, unless it takes a call to know its options.
    pub(super) fn register(&self, registrar: &dyn Registrar) {
        match (self.kind, self.settings) {
            (_, Settings::OfEachCall) => {}
            (PolicyKind::Retry, _) => registrar.retry(self.retry()),
            (PolicyKind::CircuitBreaker, Settings::Keyed(_)) => {
                let (builder, max_keys) = self.keyed_circuit_breaker();
                registrar.keyed_circuit_breaker(builder, max_keys);
            }
            (PolicyKind::CircuitBreaker, _) => registrar.circuit_breaker(self.circuit_breaker()),
            (PolicyKind::Timeout, _) => registrar.timeout(self.name),
            (PolicyKind::Fallback, _) => registrar.fallback(self.name),
            _ => {}
        }
    }

    /// The retry as the attribute sets it.
    pub(crate) fn retry(&self) -> RetryBuilder {
        let builder = Retry::builder(self.name);
        if let Settings::Retry(set) = self.settings { set(builder) } else { builder }
    }

    /// The breaker as the attribute sets it.
    pub(crate) fn circuit_breaker(&self) -> CircuitBreakerBuilder {
        let builder = CircuitBreaker::builder(self.name);
        if let Settings::CircuitBreaker(set) = self.settings { set(builder) } else { builder }
    }

    /// The breakers as the attribute sets them, and for how many keys there is room.
    pub(crate) fn keyed_circuit_breaker(&self) -> (CircuitBreakerBuilder, usize) {
        let builder = CircuitBreaker::builder(self.name);
        if let Settings::Keyed(set) = self.settings { set(builder) } else { (builder, DEFAULT_MAX_KEYS) }
    }
}

// What can be seen of two layers is compared: two functions have no equality.
impl PartialEq for Layer {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, self.name, self.options) == (other.kind, other.name, other.options)
    }
}

impl Eq for Layer {}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layer")
            .field("kind", &self.kind)
            .field("name", &self.name)
            .field("options", &self.options)
            .finish()
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
