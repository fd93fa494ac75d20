//! One name, two configurations.

use std::fmt;
use std::panic::Location;

use serde::{Serialize, Serializer};

use super::{Inner, Registry};
use crate::core::event::EventKind;
use crate::core::kind::PolicyKind;
use crate::core::name::Name;
use crate::core::observe::Observer;
use crate::function::{Function, Layer};

/// Where a configuration stands. Displays and serialises as `file:line`.
///
/// ```
/// use resilience::{Registry, Retry};
///
/// let registry = Registry::new();
/// registry.register(Retry::builder("search").build()?);
/// registry.register(Retry::builder("search").max_attempts(5).build()?);
///
/// let ignored = registry.validate()[0].ignored;
/// assert_eq!(ignored.to_string(), format!("{}:{}", ignored.file(), ignored.line()));
/// assert!(ignored.function().is_none());
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Origin {
    file: &'static str,
    line: u32,
    function: Option<&'static Function>,
}

impl Origin {
    pub(super) const fn of(function: &'static Function) -> Self {
        Self { file: function.file(), line: function.line(), function: Some(function) }
    }

    #[track_caller]
    pub(super) const fn caller() -> Self {
        let caller = Location::caller();
        Self { file: caller.file(), line: caller.line(), function: None }
    }

    /// The source file.
    #[must_use]
    pub const fn file(&self) -> &'static str {
        self.file
    }

    /// The line of the annotated function, or of the registering call.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line
    }

    /// The annotated function; `None` where the policy was registered by hand.
    #[must_use]
    pub const fn function(&self) -> Option<&'static Function> {
        self.function
    }

    /// Whether both are the same function, which cannot be in conflict with itself.
    pub(super) fn is_same_function(&self, other: &Self) -> bool {
        matches!((self.function, other.function), (Some(one), Some(two)) if one.is(two))
    }

    fn is_same(&self, other: &Self) -> bool {
        self.is_same_function(other)
            || (self.function.is_none()
                && other.function.is_none()
                && (self.file, self.line) == (other.file, other.line))
    }

    fn layer(&self, kind: PolicyKind, name: &str) -> Option<&'static Layer> {
        self.function?.layers().iter().find(|layer| layer.kind() == kind && layer.name() == name)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Two configurations under one name: the first stands, the other is ignored.
///
/// Displays as a sentence for a log or a failed assertion.
///
/// ```
/// use resilience::{PolicyKind, Registry, Retry};
///
/// let registry = Registry::new();
/// registry.register(Retry::builder("search").build()?);
/// registry.register(Retry::builder("search").max_attempts(5).build()?);
///
/// let conflict = &registry.validate()[0];
/// assert_eq!((conflict.policy, conflict.name.as_str()), (PolicyKind::Retry, "search"));
/// assert!(conflict.standing.line() < conflict.ignored.line() && conflict.options.is_empty());
/// assert!(conflict.to_string().starts_with("retry `search` is configured at "));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Conflict {
    /// The kind of policy.
    pub policy: PolicyKind,
    /// The name both use.
    pub name: Name,
    /// Where the configuration that stands comes from.
    pub standing: Origin,
    /// Where the configuration that is ignored comes from.
    pub ignored: Origin,
    /// The options that are written differently. Empty where that is not known: a policy that was registered by hand
    /// has no source text.
    pub options: Vec<&'static str>,
}

impl Conflict {
    pub(super) fn new(policy: PolicyKind, name: Name, standing: Origin, ignored: Origin) -> Self {
        let options = match (standing.layer(policy, name.as_str()), ignored.layer(policy, name.as_str())) {
            (Some(standing), Some(ignored)) => differing(standing.options(), ignored.options()),
            _ => Vec::new(),
        };
        Self { policy, name, standing, ignored, options }
    }
}

/// The options that two lists do not share, each once.
fn differing(one: &[(&'static str, &'static str)], two: &[(&'static str, &'static str)]) -> Vec<&'static str> {
    let changed = one.iter().filter(|option| !two.contains(option));
    let added = two.iter().filter(|(key, _)| one.iter().all(|(known, _)| known != key));
    changed.chain(added).map(|(key, _)| *key).filter(|key| *key != "name").collect()
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { policy, name, standing, ignored, options } = self;
        write!(f, "{policy} `{name}` is configured at {standing}; the different options at {ignored} are ignored")?;
        match options.as_slice() {
            [] => Ok(()),
            options => write!(f, ": {}", options.join(", ")),
        }
    }
}

/// The conflicts of a registry.
#[derive(Debug, Default)]
pub(super) struct Conflicts(Vec<Noted>);

#[derive(Debug)]
struct Noted {
    conflict: Conflict,
    told: bool,
}

impl Conflicts {
    pub(super) fn all(&self) -> Vec<Conflict> {
        self.0.iter().map(|noted| noted.conflict.clone()).collect()
    }

    /// Forgets the conflicts about a policy that is no longer there.
    pub(super) fn forget(&mut self, policy: PolicyKind, name: &str) {
        self.0.retain(|Noted { conflict, .. }| conflict.policy != policy || conflict.name.as_str() != name);
        // A list that was long once does not stay so; not at each step, which would copy it each time.
        if self.0.len() < self.0.capacity() / 4 {
            self.0.shrink_to(2 * self.0.len());
        }
    }

    /// Remembers a conflict once. Returns whether it must be told now: aloud, for the first time.
    fn note(&mut self, conflict: &Conflict, aloud: bool) -> bool {
        let known = self.0.iter_mut().find(|noted| {
            let known = &noted.conflict;
            known.policy == conflict.policy && known.name == conflict.name && known.ignored.is_same(&conflict.ignored)
        });
        match known {
            Some(noted) => aloud && !std::mem::replace(&mut noted.told, true),
            None => {
                self.0.push(Noted { conflict: conflict.clone(), told: aloud });
                aloud
            }
        }
    }
}

impl Registry {
    /// Lists a conflict and, `aloud`, warns of it once.
    pub(super) fn note(&self, conflict: Conflict, aloud: bool) {
        let Inner { bus, conflicts, .. } = &*self.0;
        if conflicts.lock().note(&conflict, aloud) {
            let observer = Observer::new(conflict.policy, conflict.name);
            observer.attach(bus);
            observer.emit(EventKind::Conflict { origin: conflict.ignored.to_string().into() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differing_options_are_those_that_changed_came_or_went() {
        let one = [("name", "\"a\""), ("failure_threshold", "5"), ("failure_rate", "0.5"), ("window", "10")];
        let two = [("name", "NAME"), ("failure_threshold", "9"), ("window", "10"), ("minimum_calls", "3")];
        assert_eq!(differing(&one, &two), ["failure_threshold", "failure_rate", "minimum_calls"]);
    }

    #[test]
    fn a_conflict_is_told_once_and_only_aloud() {
        let mut conflicts = Conflicts::default();
        let conflict = Conflict::new(PolicyKind::Retry, "r".into(), Origin::caller(), Origin::caller());
        assert!(!conflicts.note(&conflict, false));
        assert!(conflicts.note(&conflict, true));
        assert!(!conflicts.note(&conflict, true));
        assert!(!conflicts.note(&conflict, false));
        assert_eq!(conflicts.all().len(), 1);
    }
}
