//! What every policy has in common.

use crate::core::kind::PolicyKind;
use crate::core::observe::Observer;

/// What the registry needs of a policy.
pub(crate) trait Policy: Clone {
    /// The options; two functions that give one name different ones are in conflict.
    type Config: PartialEq + Clone;
    /// The kind, which has a namespace of its own in the registry.
    const KIND: PolicyKind;
    /// The policy's voice.
    fn observer(&self) -> &Observer;
    /// The options it works with.
    fn config(&self) -> &Self::Config;
}
