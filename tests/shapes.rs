//! Every shape of function that an attribute may stand on: each compiles without a warning and runs.
#![cfg(feature = "macros")]
#![deny(warnings)]
#![forbid(unsafe_code)]
// Counts calls; nothing here is modelled.
#![allow(clippy::disallowed_types)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use resilience::{circuit_breaker, fallback, retry, timeout};

#[derive(Debug, Clone, PartialEq)]
enum Failure {
    Broken(u32),
    Refused,
}

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self::Refused
    }
}

type Outcome<T> = Result<T, Failure>;

/// Fails until the call number `good`.
#[derive(Debug, Default)]
struct Flaky {
    calls: AtomicU32,
}

impl Flaky {
    fn call(&self, good: u32) -> Outcome<u32> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        if call < good { Err(Failure::Broken(call)) } else { Ok(call) }
    }

    fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }
}

fn send<T: Send>(value: T) -> T {
    value
}

#[path = "shapes/arguments.rs"]
mod arguments;
#[path = "shapes/attributes.rs"]
mod attributes;
#[path = "shapes/bodies.rs"]
mod bodies;
#[path = "shapes/callers.rs"]
mod callers;
#[path = "shapes/fragments.rs"]
mod fragments;
#[path = "shapes/free.rs"]
mod free;
#[path = "shapes/generics.rs"]
mod generics;
#[path = "shapes/hooks.rs"]
mod hooks;
#[path = "shapes/methods.rs"]
mod methods;
#[path = "shapes/returns.rs"]
mod returns;
#[path = "shapes/traits.rs"]
mod traits;
#[path = "shapes/worker_threads.rs"]
mod worker_threads;
