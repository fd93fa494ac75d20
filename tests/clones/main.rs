//! What each attempt has for itself: `clone(a, b = ..)`, sync and async.
#![cfg(feature = "macros")]
#![deny(warnings)]
#![allow(clippy::disallowed_types, clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]
#![allow(clippy::into_iter_on_ref, clippy::redundant_closure, reason = "how a body uses an argument is what is tried")]

#[macro_use]
#[path = "../support/mod.rs"]
mod support;

mod above;
mod borrowed;
mod early;
mod expressions;
mod shapes;
mod single;

use std::cell::Cell;

use support::*;

/// A request that can be cloned so many times, and only by asking for it.
struct Request {
    left: Cell<u32>,
}

impl Request {
    const fn new(clones: u32) -> Self {
        Self { left: Cell::new(clones) }
    }

    fn try_clone(&self) -> Option<Self> {
        self.left.set(self.left.get().checked_sub(1)?);
        Some(Self::new(0))
    }
}

/// Why a request has no clone.
#[derive(Debug)]
struct NotClone;

impl From<NotClone> for Failure {
    fn from(NotClone: NotClone) -> Self {
        Self::Status(409)
    }
}

/// The answer of a call whose request has no more clones.
const NO_CLONE: Reply = Err(Failure::Status(409));

fn send(request: Request, script: &Script) -> Reply {
    assert_eq!(request.left.get(), 0, "an attempt sends a clone");
    script.play()
}
