//! Layers above each other: order, counts, deadlines, and what outer layers make of inner ones.
#![cfg(feature = "macros")]
#![allow(clippy::disallowed_types, clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]

#[macro_use]
#[path = "../support/mod.rs"]
mod support;

mod blame;
mod by_hand;
mod deadlines;
mod hung;
mod nested;
mod pairs;
mod pipeline;
mod shapes;
mod stack;
mod threads;
