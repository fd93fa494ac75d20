//! `#[fallback]`: every form, sync and async.
#![cfg(feature = "macros")]
#![allow(clippy::disallowed_types, clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]

#[macro_use]
#[path = "../support/mod.rs"]
mod support;

mod closures;
mod dropped;
mod methods;
mod paths;
mod patterns;
mod recovery;
mod returns;
mod values;
mod when;
mod when_result;
