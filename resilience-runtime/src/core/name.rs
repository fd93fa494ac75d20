//! Names of policies: static where they come from an attribute, shared where they are built at run time.

use std::borrow::Borrow;
use std::fmt;

use crate::core::sync::Arc;

/// The name of a policy. Cheap to clone; compares, hashes and sorts as its text.
///
/// ```
/// use resilience::Name;
///
/// let fixed = Name::from("jira_api");
/// let built = Name::from(format!("{}_api", "jira"));
/// assert_eq!(fixed, built);
/// assert_eq!(fixed.as_str(), "jira_api");
/// ```
#[derive(Clone)]
pub struct Name(Repr);

// Two words in all, because every refusal carries one: the thin pointer lies where the other has its length.
#[derive(Clone)]
enum Repr {
    Static(&'static str),
    Shared(Arc<Box<str>>),
}

impl Name {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Static(name) => name,
            Repr::Shared(name) => name,
        }
    }
}

impl Name {
    /// The text, if it was fixed at compile time.
    #[inline(always)]
    pub(crate) fn into_fixed(self) -> Result<&'static str, Self> {
        match self.0 {
            Repr::Static(name) => Ok(name),
            shared @ Repr::Shared(_) => Err(Self(shared)),
        }
    }
}

impl From<&'static str> for Name {
    fn from(name: &'static str) -> Self {
        Self(Repr::Static(name))
    }
}

impl From<String> for Name {
    fn from(name: String) -> Self {
        Self(Repr::Shared(Arc::new(name.into())))
    }
}

impl From<&Name> for Name {
    fn from(name: &Name) -> Self {
        name.clone()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl std::hash::Hash for Name {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl serde::Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
