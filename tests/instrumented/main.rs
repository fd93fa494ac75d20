//! `#[tracing::instrument]` in every place beside ours: which spans there are, and which errors and values are told.
#![cfg(feature = "macros")]
#![deny(warnings)]
#![allow(clippy::iter_count, reason = "a body that consumes its argument is what is tried")]
#![forbid(unsafe_code)]
// Counts calls; nothing here is modelled.
#![allow(clippy::disallowed_types)]

mod above;
mod below;
mod log;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use futures_util::future::{BoxFuture, FutureExt as _};
use resilience::{circuit_breaker, fallback, retry, timeout};
use tracing::instrument;

use crate::log::told;

type Outcome = Result<u32, Broken>;

/// The number of the call that failed.
#[derive(Debug, Clone, PartialEq)]
struct Broken(u32);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {} failed", self.0)
    }
}

impl From<resilience::Error> for Broken {
    fn from(_: resilience::Error) -> Self {
        Self(0)
    }
}

/// Fails until the call number `good`.
#[derive(Debug, Default)]
struct Client {
    calls: AtomicU32,
    /// What a `&mut self` method counts by itself.
    total: u32,
}

impl Client {
    fn call(&self, good: u32) -> Outcome {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        if call < good { Err(Broken(call)) } else { Ok(call) }
    }

    fn count(&mut self, good: u32) -> Outcome {
        self.total += 1;
        self.call(good)?;
        Ok(self.total)
    }
}

fn send<T: Send>(value: T) -> T {
    value
}
