//! The policies of one kind, by name.

use std::collections::BTreeMap;
use std::fmt;

use super::conflict::Origin;
use crate::core::name::Name;
use crate::core::sync::RwLock;

pub(super) struct Shelf<P>(RwLock<BTreeMap<Name, Placed<P>>>);

#[derive(Clone)]
pub(super) struct Placed<P> {
    pub(super) policy: P,
    pub(super) origin: Origin,
}

impl<P: Clone> Shelf<P> {
    /// What stands under `name` after `policy` was offered: the first offer.
    pub(super) fn place(&self, name: &Name, policy: &P, origin: Origin) -> Placed<P> {
        if let Some(standing) = self.placed(name.as_str()) {
            return standing;
        }
        let offered = Placed { policy: policy.clone(), origin };
        self.0.write().entry(name.clone()).or_insert(offered).clone()
    }

    pub(super) fn placed(&self, name: &str) -> Option<Placed<P>> {
        self.0.read().get(name).cloned()
    }

    pub(super) fn get(&self, name: &str) -> Option<P> {
        self.placed(name).map(|placed| placed.policy)
    }

    /// Takes away what stands under `name`.
    pub(super) fn remove(&self, name: &str) -> Option<P> {
        self.0.write().remove(name).map(|placed| placed.policy)
    }

    pub(super) fn names(&self) -> Vec<Name> {
        self.0.read().keys().cloned().collect()
    }

    /// Every policy, by name.
    pub(super) fn all(&self) -> Vec<P> {
        self.0.read().values().map(|placed| placed.policy.clone()).collect()
    }
}

impl<P> Default for Shelf<P> {
    fn default() -> Self {
        Self(RwLock::new(BTreeMap::new()))
    }
}

impl<P> fmt::Debug for Shelf<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.read().keys()).finish()
    }
}
