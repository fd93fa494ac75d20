//! A use of an argument by value, as an expansion asks the compiler about it.

use std::marker::PhantomData;

/// The type of an argument.
#[derive(Debug)]
pub struct Like<T>(PhantomData<fn(T)>);

impl<T> Like<T> {
    /// That of `argument`.
    pub const fn of(_: &T) -> Self {
        Self(PhantomData)
    }

    /// A use by value. The type is known: what is borrowed exclusively is borrowed again, as it is where it is handed on.
    pub fn takes(&self, _: T) {}
}
