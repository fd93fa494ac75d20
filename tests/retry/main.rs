//! `#[retry]`: every option, sync and async.
#![cfg(feature = "macros")]
#![allow(clippy::disallowed_types, clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]

#[macro_use]
#[path = "../support/mod.rs"]
mod support;

mod attempts;
mod budget;
mod captured;
mod deadline;
mod delays;
mod first_tries;
mod forms;
mod hook;
mod open_circuit;
mod outcome;
mod refusals;
mod rules;
