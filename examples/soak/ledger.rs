//! The soak's own books: what bodies and callers saw, counted beside the library and never read from it.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use crate::play::{Planned, Reply};

/// The books of one protected function.
pub struct Site {
    /// Bodies that began, and bodies that are over, however they ended.
    pub begun: Count,
    pub over: Count,
    /// Calls, from their first poll.
    pub called: Count,
    pub ok: Count,
    pub err: Count,
    pub panicked: Count,
    pub dropped: Count,
}

/// Panics that no body planned: a bug of the library, or of the soak.
pub static UNPLANNED: Count = Count::new();

/// A counter.
pub struct Count(AtomicU64);

impl Count {
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    // Relaxed: the books are read after every task and thread was joined.
    pub fn add(&self) {
        self.add_many(1);
    }

    pub fn add_many(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Site {
    pub const fn new() -> Self {
        Self {
            begun: Count::new(),
            over: Count::new(),
            called: Count::new(),
            ok: Count::new(),
            err: Count::new(),
            panicked: Count::new(),
            dropped: Count::new(),
        }
    }

    /// A body begins. It is over when the guard is dropped.
    pub fn begin(&'static self) -> Body {
        self.begun.add();
        Body(self)
    }

    /// Makes a sync call and writes down how it ends; `None` after a panic.
    pub fn call(&self, call: impl FnOnce() -> Reply) -> Option<Reply> {
        self.called.add();
        self.ended(catch_unwind(AssertUnwindSafe(call)))
    }

    /// Watches an async call; `None` after a panic. A call that is dropped unpolled has not happened.
    pub fn watch<F: Future<Output = Reply>>(&'static self, call: F) -> Watched<F> {
        Watched { site: self, call: Box::pin(call), at: At::New }
    }

    fn ended(&self, end: Result<Reply, Box<dyn Any + Send>>) -> Option<Reply> {
        match &end {
            Ok(Ok(_)) => self.ok.add(),
            Ok(Err(_)) => self.err.add(),
            Err(payload) => {
                self.panicked.add();
                if !payload.is::<Planned>() {
                    UNPLANNED.add();
                }
            }
        }
        end.ok()
    }
}

/// A body that runs.
pub struct Body(&'static Site);

impl Drop for Body {
    fn drop(&mut self) {
        self.0.over.add();
    }
}

/// An async call whose end is written down.
pub struct Watched<F> {
    site: &'static Site,
    call: Pin<Box<F>>,
    at: At,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    New,
    Running,
    Done,
}

impl<F: Future<Output = Reply>> Future for Watched<F> {
    type Output = Option<Reply>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.at == At::New {
            self.at = At::Running;
            self.site.called.add();
        }
        let end = match catch_unwind(AssertUnwindSafe(|| self.call.as_mut().poll(cx))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(reply)) => Ok(reply),
            Err(panic) => Err(panic),
        };
        self.at = At::Done;
        Poll::Ready(self.site.ended(end))
    }
}

impl<F> Drop for Watched<F> {
    fn drop(&mut self) {
        if self.at == At::Running {
            self.site.dropped.add();
        }
    }
}
