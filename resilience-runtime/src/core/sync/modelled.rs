//! The primitives of the model checker, in the shape of production's.

mod locals;
mod once;
pub(crate) mod thread;

use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::PoisonError;
use std::time::Duration;

pub(crate) use locals::{LocalKey, thread_local};
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize};
pub(crate) use loom::sync::{RwLockReadGuard, RwLockWriteGuard};
pub(crate) use once::OnceBox;

use super::{Arc, Ordering};

/// What a flag says that nobody else sees any more.
pub(crate) fn owned(flag: &mut AtomicBool) -> bool {
    flag.load(Ordering::Relaxed)
}

/// How often the threads of one run are interrupted at most, unless `LOOM_MAX_PREEMPTIONS` says otherwise. Nearly all
/// faults show with two; with four the larger models take minutes.
const PREEMPTIONS: usize = 3;

/// Steps of one run. What needs more waits for ever.
const STEPS: usize = 20_000;

/// Waits that are longer are not meant to end by themselves.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Runs `model` under every interleaving of its threads.
pub(crate) fn check(model: impl Fn() + Send + Sync + 'static) {
    let mut checker = loom::model::Builder::new();
    checker.preemption_bound = checker.preemption_bound.or(Some(PREEMPTIONS));
    checker.max_branches = STEPS;
    let runs = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        checker.check(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            thread::main(&model);
        });
    }));
    println!("{} interleavings", runs.load(Ordering::Relaxed));
    if let Err(panic) = outcome {
        thread::forget_all();
        resume_unwind(panic);
    }
}

macro_rules! const_fn {
    ($(#[$attribute:meta])* $vis:vis fn $($rest:tt)*) => { $(#[$attribute])* $vis fn $($rest)* };
}
pub(crate) use const_fn;

macro_rules! array {
    ($new:expr; $length:expr) => {
        std::array::from_fn::<_, { $length }, _>(|_| $new)
    };
}
pub(crate) use array;

/// A static that is made anew in each run.
macro_rules! global {
    ($(#[$attribute:meta])* $vis:vis static $name:ident: $type:ty = $init:expr;) => {
        $(#[$attribute])*
        $vis static $name: $crate::core::sync::Global<$type> = $crate::core::sync::Global(|| {
            static OF_THIS_RUN: loom::lazy_static::Lazy<$type> =
                loom::lazy_static::Lazy { init: || $init, _p: std::marker::PhantomData };
            OF_THIS_RUN.get()
        });
    };
}
pub(crate) use global;

pub(crate) struct Global<T: 'static>(pub(crate) fn() -> &'static T);

impl<T> Deref for Global<T> {
    type Target = T;

    fn deref(&self) -> &T {
        (self.0)()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

#[derive(Debug)]
pub(crate) struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
    guard: loom::sync::MutexGuard<'a, T>,
}

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard { mutex: self, guard: self.0.lock().unwrap_or_else(PoisonError::into_inner) }
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

#[derive(Debug, Default)]
pub(crate) struct RwLock<T>(loom::sync::RwLock<T>);

impl<T> RwLock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::RwLock::new(value))
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Condvar {
    condvar: loom::sync::Condvar,
    /// Whether a wait has run out of time.
    // Outside of the model: it steers the model, and is no part of it.
    expired: std::sync::atomic::AtomicBool,
}

impl Condvar {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn notify_one(&self) {
        self.condvar.notify_one();
    }

    pub(crate) fn notify_all(&self) {
        self.condvar.notify_all();
    }

    /// A wait without end must be woken, or the run is reported as a deadlock. One with an end may run out of time at
    /// any moment, whatever the time: the lock is left and taken once, and what others do first is up to the checker.
    pub(crate) fn wait_timeout_while<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        limit: Duration,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> MutexGuard<'a, T> {
        let MutexGuard { mutex, mut guard } = guard;
        if limit > FOREVER {
            while condition(&mut guard) {
                guard = self.condvar.wait(guard).unwrap_or_else(PoisonError::into_inner);
            }
            return MutexGuard { mutex, guard };
        }
        if !condition(&mut guard) {
            return MutexGuard { mutex, guard };
        }
        drop(guard);
        if self.expired.swap(true, Ordering::Relaxed) {
            // Who waits again and again must let the others go on, or the run has no end.
            thread::yield_now();
        }
        mutex.lock()
    }
}
