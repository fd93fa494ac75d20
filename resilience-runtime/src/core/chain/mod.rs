//! A list of statics that link themselves into it, before `main` and without a lock or an allocation: in that hour of a
//! program not all of the standard library is there.
#![allow(unsafe_code)]

use std::iter;
use std::ptr;

use crate::core::sync::{AtomicPtr, Ordering, const_fn};

/// What is in a chain.
pub(crate) trait Linked: Sized + 'static {
    /// Its place in it.
    fn link(&self) -> &Link<Self>;
}

/// The place of one static in a chain: null outside of it, and then the one that came before, the first of all itself.
///
/// So that it can tell whether it is in: on WebAssembly a linker may call what runs at the start more than once.
#[derive(Debug)]
pub(crate) struct Link<T>(AtomicPtr<T>);

impl<T> Link<T> {
    const_fn! {
        /// Of one that is in no chain.
        pub(crate) fn new() -> Self {
            Self(AtomicPtr::new(ptr::null_mut()))
        }
    }
}

/// All that have been linked, the last one first.
#[derive(Debug)]
pub(crate) struct Chain<T>(AtomicPtr<T>);

impl<T: Linked> Chain<T> {
    const_fn! {
        pub(crate) fn new() -> Self {
            Self(AtomicPtr::new(ptr::null_mut()))
        }
    }

    /// Links it, unless it is in.
    pub(crate) fn enlist(&self, new: &'static T) {
        let this = ptr::from_ref(new).cast_mut();
        let next = &new.link().0;
        // Whoever makes it its own successor is the one that links it.
        if next.compare_exchange(ptr::null_mut(), this, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return;
        }
        let mut last = self.0.load(Ordering::Relaxed);
        loop {
            next.store(if last.is_null() { this } else { last }, Ordering::Relaxed);
            // Release, with the acquire in `iter`: who finds it finds its successor as well, and the successors behind, as
            // each of these exchanges carries on what the one before has released.
            match self.0.compare_exchange_weak(last, this, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(other) => last = other,
            }
        }
    }

    /// Those that are in.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static T> + Clone + use<T> {
        let follow = |at: *mut T| {
            // SAFETY: whatever is written into a chain or a link, but for null, was a `&'static T` in `enlist`.
            unsafe { at.as_ref::<'static>() }
        };
        iter::successors(follow(self.0.load(Ordering::Acquire)), move |at| {
            let next = at.link().0.load(Ordering::Relaxed);
            follow(next).filter(|next| !ptr::eq(*next, *at))
        })
    }
}

#[cfg(all(test, resilience_loom))]
mod interleavings;

#[cfg(test)]
mod tests;
