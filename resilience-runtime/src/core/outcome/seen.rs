//! Refusals that can be seen in a user's error.

use std::any::Any;
use std::error::Error as StdError;
use std::io;

use crate::core::error::Error;

pub(super) type Boxed = Box<dyn StdError>;
pub(super) type BoxedSend = Box<dyn StdError + Send + Sync>;

/// The refusal that `error` is, or that its `From<Error>` has put into it, where the type is one of the standard library.
/// What an error type of the user's makes of a refusal, nobody can see.
#[inline]
pub(crate) fn refusal_in<E: 'static>(error: &E) -> Option<&Error> {
    let error: &dyn Any = error;
    if let Some(refusal) = error.downcast_ref::<Error>() {
        return Some(refusal);
    }
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return error.get_ref()?.downcast_ref();
    }
    if let Some(error) = error.downcast_ref::<BoxedSend>() {
        return error.downcast_ref();
    }
    error.downcast_ref::<Boxed>()?.downcast_ref()
}
