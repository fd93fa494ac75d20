//! Policies that are built by hand find their place.

use super::conflict::{Conflict, Origin};
use super::shelf::{Placed, Shelf};
use super::{Registry, Shelves};
use crate::core::kind::PolicyKind;
use crate::core::name::Name;
use crate::core::policy::Policy;
use crate::policies::budget::Budget;
use crate::policies::circuit_breaker::{CircuitBreaker, KeyedCircuitBreaker};
use crate::policies::fallback::Fallback;
use crate::policies::retry::Retry;
use crate::policies::timeout::Timeout;

/// What [`Registry::register`] takes: every kind of policy, and retry budgets.
///
/// ```
/// use resilience::{Budget, Fallback, Registrable, Registry};
///
/// fn register_all<P: Registrable>(registry: &Registry, policies: impl IntoIterator<Item = P>) {
///     for policy in policies {
///         registry.register(policy);
///     }
/// }
///
/// let registry = Registry::new();
/// register_all(&registry, [Fallback::new("page"), Fallback::new("price")]);
/// register_all(&registry, Budget::builder("shop").build());
/// assert_eq!((registry.fallbacks().len(), registry.budgets().len()), (2, 1));
/// ```
pub trait Registrable: sealed::Sealed + Sized {
    #[doc(hidden)]
    fn place(self, registry: &Registry, origin: Origin, token: sealed::Token) -> Self;
}

mod sealed {
    pub trait Sealed {}
    /// Cannot be named outside of this module, so the trait cannot be called there.
    #[derive(Debug)]
    pub struct Token;
}

#[track_caller]
pub(super) fn register<P: Registrable>(registry: &Registry, policy: P) -> P {
    policy.place(registry, Origin::caller(), sealed::Token)
}

macro_rules! registrable {
    ($($policy:ty => $shelf:ident $(or $other:ident)? $(with $prepare:ident)?),* $(,)?) => {$(
        impl sealed::Sealed for $policy {}

        impl Registrable for $policy {
            fn place(self, registry: &Registry, origin: Origin, _: sealed::Token) -> Self {
                $(registry.note_other_shape(self.observer().name().as_str(), |shelves| &shelves.$other, origin, true);)?
                let policy = self;
                $(let policy = registry.$prepare(policy, origin);)?
                registry.place(|shelves| &shelves.$shelf, policy, origin, true)
            }
        }
    )*};
}

registrable! {
    CircuitBreaker => circuit_breakers or keyed_circuit_breakers,
    KeyedCircuitBreaker => keyed_circuit_breakers or circuit_breakers,
    Retry => retries with share_budget,
    Timeout => timeouts,
    Fallback => fallbacks,
}

impl sealed::Sealed for Budget {}

impl Registrable for Budget {
    fn place(self, registry: &Registry, origin: Origin, _: sealed::Token) -> Self {
        let name = Name::from(self.name().to_owned());
        let standing = registry.0.shelves.budgets.place(&name, &self, origin);
        if !standing.policy.has_options_of(&self) {
            registry.note(Conflict::new(PolicyKind::Retry, name, standing.origin, origin), true);
        }
        standing.policy
    }
}

impl Registry {
    /// What stands under the policy's name from now on. A standing policy with other options is a conflict, unless the
    /// same function offers both.
    pub(super) fn place<P: Policy>(
        &self,
        shelf: impl FnOnce(&Shelves) -> &Shelf<P>,
        policy: P,
        origin: Origin,
        aloud: bool,
    ) -> P {
        let name = policy.observer().name();
        let standing = self.offer(shelf, &policy, origin);
        if !standing.origin.is_same_function(&origin) && standing.policy.config() != policy.config() {
            self.note(Conflict::new(P::KIND, name.clone(), standing.origin, origin), aloud);
        }
        standing.policy
    }

    /// Like [`place`](Self::place), for policies whose options differ from call to call.
    pub(super) fn place_unchecked<P: Policy>(
        &self,
        shelf: impl FnOnce(&Shelves) -> &Shelf<P>,
        policy: P,
        origin: Origin,
    ) -> P {
        self.offer(shelf, &policy, origin).policy
    }

    fn offer<P: Policy>(&self, shelf: impl FnOnce(&Shelves) -> &Shelf<P>, policy: &P, origin: Origin) -> Placed<P> {
        // Before anyone can find it, so that no subscriber misses its first event.
        policy.observer().attach(&self.0.bus);
        shelf(&self.0.shelves).place(policy.observer().name(), policy, origin)
    }

    /// One name for a single breaker and for a family: both work, each by itself, and that is hardly meant.
    pub(super) fn note_other_shape<P: Policy>(
        &self,
        name: &str,
        shelf: impl FnOnce(&Shelves) -> &Shelf<P>,
        origin: Origin,
        aloud: bool,
    ) {
        if let Some(other) = shelf(&self.0.shelves).placed(name) {
            let mut conflict = Conflict::new(P::KIND, other.policy.observer().name().clone(), other.origin, origin);
            conflict.options = vec!["key"];
            self.note(conflict, aloud);
        }
    }
}
