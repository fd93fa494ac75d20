//! The primitives of production.

pub(crate) use std::sync::{MutexGuard, RwLockReadGuard, RwLockWriteGuard};
pub(crate) use std::{thread, thread_local};

use std::sync::PoisonError;
use std::time::Duration;

pub(crate) use once_cell::race::OnceBox;

// Aliases: clippy follows a re-export to the banned type, also where it is used.
pub(crate) type AtomicBool = std::sync::atomic::AtomicBool;
pub(crate) type AtomicPtr<T> = std::sync::atomic::AtomicPtr<T>;
pub(crate) type AtomicU32 = std::sync::atomic::AtomicU32;
pub(crate) type AtomicU64 = std::sync::atomic::AtomicU64;
pub(crate) type AtomicUsize = std::sync::atomic::AtomicUsize;

/// What a flag says that nobody else sees any more: a plain load, so that the compiler may keep it in a register.
#[inline(always)]
pub(crate) fn owned(flag: &mut AtomicBool) -> bool {
    *flag.get_mut()
}

/// A constructor that is `const`.
macro_rules! const_fn {
    ($(#[$attribute:meta])* $vis:vis fn $($rest:tt)*) => { $(#[$attribute])* $vis const fn $($rest)* };
}
pub(crate) use const_fn;

/// An array of as many new ones.
macro_rules! array {
    ($new:expr; $length:expr) => {
        [const { $new }; $length]
    };
}
pub(crate) use array;

/// A static that holds primitives of this module.
macro_rules! global {
    ($(#[$attribute:meta])* $vis:vis static $name:ident: $type:ty = $init:expr;) => {
        $(#[$attribute])* $vis static $name: $type = $init;
    };
}
pub(crate) use global;

/// A mutex that does not poison: no user code runs under our locks, so a panic cannot leave one half-written.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(std::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        #[cfg(test)]
        LOCKS_TAKEN.set(locks_taken() + 1);
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
thread_local! {
    static LOCKS_TAKEN: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// How many mutexes this thread has locked.
#[cfg(test)]
pub(crate) fn locks_taken() -> u64 {
    LOCKS_TAKEN.get()
}

/// A reader-writer lock that does not poison.
#[derive(Debug, Default)]
pub(crate) struct RwLock<T>(std::sync::RwLock<T>);

impl<T> RwLock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::sync::RwLock::new(value))
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A condition variable over [`Mutex`].
#[derive(Debug, Default)]
pub(crate) struct Condvar(std::sync::Condvar);

impl Condvar {
    pub(crate) const fn new() -> Self {
        Self(std::sync::Condvar::new())
    }

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }

    /// Waits while `condition` holds, for at most `limit` of real time.
    pub(crate) fn wait_timeout_while<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        limit: Duration,
        condition: impl FnMut(&mut T) -> bool,
    ) -> MutexGuard<'a, T> {
        self.0.wait_timeout_while(guard, limit, condition).unwrap_or_else(PoisonError::into_inner).0
    }
}
