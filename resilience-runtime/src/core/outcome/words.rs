//! A user's error in words, for those who read events and statistics.

use std::any::{Any, type_name};
use std::fmt::Display;
use std::io;

use super::seen::{Boxed, BoxedSend};
use crate::core::error::Error;
use crate::core::excerpt;

/// An error of any type: the text of those of the standard library and of our own, and else the name of the type. Whether
/// another type can be printed, nobody can see.
pub(crate) fn words<E: 'static>(error: &E) -> String {
    let any: &dyn Any = error;
    let common: [Option<&dyn Display>; 6] = [
        any.downcast_ref::<io::Error>().map(|error| error as _),
        any.downcast_ref::<Error>().map(|error| error as _),
        any.downcast_ref::<BoxedSend>().map(|error| error as _),
        any.downcast_ref::<Boxed>().map(|error| error as _),
        any.downcast_ref::<String>().map(|error| error as _),
        any.downcast_ref::<&'static str>().map(|error| error as _),
    ];
    match common.into_iter().flatten().next() {
        Some(error) => excerpt::of(format_args!("{error}")),
        None => name_of::<E>(),
    }
}

/// All that is known of an error that may borrow: the name of its type.
pub(crate) fn name_of<E>() -> String {
    excerpt::of(format_args!("{}", type_name::<E>()))
}
