//! `refused = ..`: what a refusal becomes where `From<resilience::Error>` cannot say it.
#![cfg(feature = "macros")]
#![allow(clippy::disallowed_types, clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]
#![allow(clippy::redundant_closure, reason = "the form of the closure is what is tried")]

#[macro_use]
#[path = "../support/mod.rs"]
mod support;

mod errors;
mod fallbacks;
mod forms;
mod options;
mod pipeline;
mod plain;
mod shapes;

/// What the inventory knows of a function of these tests.
fn stats(path: &str) -> resilience::CallStats {
    let inventory = resilience::registry().inventory();
    inventory.iter().find(|function| function.path() == path).unwrap().stats()
}
