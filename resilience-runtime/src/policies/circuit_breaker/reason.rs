//! What a step of the machine brings about.

use crate::core::opening::OpenReason;
use crate::core::state::CircuitState;

/// A change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Transition {
    pub(crate) from: CircuitState,
    pub(crate) to: CircuitState,
    pub(crate) reason: OpenReason,
}

impl Transition {
    /// Whether it is the beginning of a time in which calls are refused; by hand also in the midst of one.
    pub(crate) const fn opens(self) -> bool {
        use CircuitState::{ForcedOpen, HalfOpen, Open};
        match self.to {
            Open | ForcedOpen => true,
            HalfOpen => !matches!(self.from, Open | ForcedOpen | HalfOpen),
            _ => false,
        }
    }
}

/// What somebody is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Changed(Transition),
    /// A rule was broken in a dry run.
    WouldOpen(OpenReason),
}

impl Effect {
    /// Whether it says anything new: a state that is entered again by hand does not.
    pub(crate) fn is_news(&self) -> bool {
        !matches!(self, Self::Changed(change) if change.from == change.to)
    }
}
