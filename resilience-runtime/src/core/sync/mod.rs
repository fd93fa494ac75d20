//! The one place that names the standard library's synchronisation, so that a model checker can take its place.
//!
//! `--cfg resilience_loom` swaps the primitives for loom's, which run a test under every interleaving of its threads
//! and with every value that a relaxed load may return. The tests are the `interleavings.rs` next to the modules;
//! `CONTRIBUTING.md` says how to run them. loom's primitives are made at run time, so what is `const` or a `static` in
//! production goes through `const_fn`, `array` and `global`.

// The types are banned everywhere else; here they enter.
#![allow(clippy::disallowed_types)]

#[cfg(all(resilience_loom, not(feature = "test-util")))]
compile_error!("the time of the model is moved by hand: add `--features test-util`");

#[cfg(resilience_loom)]
mod modelled;
#[cfg(not(resilience_loom))]
mod standard;

pub(crate) use std::sync::atomic::Ordering;
// Also in the model: loom's own cannot become an `Arc<dyn Trait>`, and that the count of references is right is the
// standard library's to prove.
pub(crate) use std::sync::{Arc, Weak};

#[cfg(resilience_loom)]
pub(crate) use modelled::*;
#[cfg(not(resilience_loom))]
pub(crate) use standard::*;
