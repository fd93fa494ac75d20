//! The way out of the layers.

use crate::core::outcome::{Fault, FromRefusal, UserOnly};

/// What the layers carry, as the error that the call returns: where a refusal may be among it, only with
/// `E: From<resilience::Error>`.
pub trait Exit<E> {
    /// The failure as the user's error.
    fn exit(self) -> E;
}

impl<E> Exit<E> for UserOnly<E> {
    #[inline]
    fn exit(self) -> E {
        self.0
    }
}

impl<E: FromRefusal> Exit<E> for Fault<E> {
    #[inline]
    fn exit(self) -> E {
        self.into_user()
    }
}
