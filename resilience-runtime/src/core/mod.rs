//! Words and tools that every policy is made of: time, chance, names, errors, counters, windows, maps of keys.

pub(crate) mod chain;
pub(crate) mod check;
pub mod clock;
pub(crate) mod error;
pub(crate) mod event;
pub(crate) mod excerpt;
pub(crate) mod keyed;
pub(crate) mod kind;
pub(crate) mod name;
pub(crate) mod observe;
pub(crate) mod opening;
pub(crate) mod outcome;
pub(crate) mod policy;
pub(crate) mod probing;
pub mod rng;
pub(crate) mod rounding;
pub(crate) mod state;
pub(crate) mod stats;
pub(crate) mod sync;
pub(crate) mod window;
