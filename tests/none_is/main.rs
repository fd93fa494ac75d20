//! What `None` means: a failure, or with `none_is = success` an answer.
#![cfg(feature = "macros")]
#![deny(warnings)]
#![allow(clippy::disallowed_types, clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]

#[macro_use]
#[path = "../support/mod.rs"]
mod support;

mod attributes;
mod by_hand;
mod counted;

use support::*;

/// An answer of the store: a look-up that finds nothing, or something. A script's failure is a thing that is not there.
fn find(script: &Script) -> Option<u32> {
    script.play().ok()
}

async fn find_async(script: &Script) -> Option<u32> {
    script.play_async().await.ok()
}

/// A look-up that finds nothing.
const fn nothing() -> Step {
    fail(404)
}
