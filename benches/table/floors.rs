//! What the rows cost by hand: the same job, for one place, without a library.

use std::array;
use std::cell::Cell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::time::Sleep;

/// A refusal, or the body's own error.
#[derive(Debug)]
#[allow(dead_code, reason = "read by nobody, but it must be built")]
pub(crate) enum Stopped<E> {
    Open { name: &'static str, retry_after: Duration },
    Late(Duration),
    Inner(E),
}

/// A counter that threads do not share a cache line of.
#[repr(align(128))]
#[derive(Default)]
struct Stripe(AtomicU64);

const STRIPES: usize = 8;

fn stripe() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static MINE: Cell<usize> = const { Cell::new(usize::MAX) });
    MINE.with(|mine| {
        if mine.get() == usize::MAX {
            mine.set(NEXT.fetch_add(1, Relaxed) % STRIPES);
        }
        mine.get()
    })
}

/// An exact window of 100 calls with a rate of one half, without a shared write on success: at least 50 of the last 100
/// calls failed if, and only if, the 50th last failure is among the last 100 calls.
pub(crate) struct CountWindow {
    open: AtomicBool,
    calls: [Stripe; STRIPES],
    failures: Mutex<VecDeque<u64>>,
}

impl CountWindow {
    pub(crate) fn new() -> Self {
        Self {
            open: AtomicBool::new(false),
            calls: array::from_fn(|_| Stripe::default()),
            failures: Mutex::new(VecDeque::with_capacity(50)),
        }
    }

    pub(crate) fn admits(&self) -> bool {
        !self.open.load(Relaxed)
    }

    pub(crate) fn done(&self, ok: bool) {
        self.calls[stripe()].0.fetch_add(1, Relaxed);
        if !ok {
            self.failed();
        }
    }

    #[cold]
    fn failed(&self) {
        let at: u64 = self.calls.iter().map(|stripe| stripe.0.load(Relaxed)).sum();
        let mut failures = self.failures.lock().unwrap();
        if failures.len() == 50 {
            failures.pop_front();
        }
        failures.push_back(at);
        if at >= 100 && failures.len() == 50 && failures.front().is_some_and(|first| first + 100 > at) {
            self.open.store(true, Relaxed);
        }
    }

    pub(crate) fn call<T, E>(&self, body: impl FnOnce() -> Result<T, E>) -> Result<T, Stopped<E>> {
        if !self.admits() {
            return Err(Stopped::Open { name: "floor", retry_after: Duration::ZERO });
        }
        let out = body();
        self.done(out.is_ok());
        out.map_err(Stopped::Inner)
    }
}

/// Five failures in a row.
#[derive(Default)]
pub(crate) struct Consecutive {
    failures: AtomicU32,
}

impl Consecutive {
    pub(crate) fn call<T, E>(&self, body: impl FnOnce() -> Result<T, E>) -> Result<T, Stopped<E>> {
        let failures = self.failures.load(Relaxed);
        if failures >= 5 {
            return Err(Stopped::Open { name: "floor", retry_after: Duration::ZERO });
        }
        match body() {
            Ok(value) => {
                if failures != 0 {
                    self.failures.store(0, Relaxed);
                }
                Ok(value)
            }
            Err(error) => {
                self.failures.fetch_add(1, Relaxed);
                Err(Stopped::Inner(error))
            }
        }
    }
}

/// Nanoseconds of the clock that ticks with the kernel.
pub(crate) fn coarse() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes one `timespec`, which is valid for writes.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &raw mut time) };
    u64::try_from(time.tv_sec * 1_000_000_000 + time.tv_nsec).unwrap_or(0)
}

/// A window of 10 s in ten buckets with a rate of one half, at least 100 calls.
#[derive(Default)]
pub(crate) struct TimeWindow {
    open: AtomicBool,
    buckets: [Bucket; 10],
}

#[derive(Default)]
struct Bucket {
    second: AtomicU64,
    calls: AtomicU64,
    failures: AtomicU64,
}

impl TimeWindow {
    pub(crate) fn call<T, E>(&self, body: impl FnOnce() -> Result<T, E>) -> Result<T, Stopped<E>> {
        if self.open.load(Relaxed) {
            return Err(Stopped::Open { name: "floor", retry_after: Duration::ZERO });
        }
        let out = body();
        let second = coarse() / 1_000_000_000;
        let bucket = &self.buckets[(second % 10) as usize];
        if bucket.second.load(Relaxed) != second {
            bucket.calls.store(0, Relaxed);
            bucket.failures.store(0, Relaxed);
            bucket.second.store(second, Relaxed);
        }
        bucket.calls.fetch_add(1, Relaxed);
        if out.is_err() {
            bucket.failures.fetch_add(1, Relaxed);
            let recent = || self.buckets.iter().filter(|bucket| bucket.second.load(Relaxed) + 10 > second);
            let calls: u64 = recent().map(|bucket| bucket.calls.load(Relaxed)).sum();
            let failures: u64 = recent().map(|bucket| bucket.failures.load(Relaxed)).sum();
            self.open.store(calls >= 100 && failures * 2 >= calls, Relaxed);
        }
        out.map_err(Stopped::Inner)
    }
}

/// An open circuit: says for how long.
pub(crate) struct Open {
    pub(crate) until: AtomicU64,
}

impl Open {
    pub(crate) fn call<T, E>(&self, body: impl FnOnce() -> Result<T, E>) -> Result<T, Stopped<E>> {
        let left = self.until.load(Relaxed).saturating_sub(coarse());
        if left > 0 {
            return Err(Stopped::Open { name: "floor", retry_after: Duration::from_nanos(left) });
        }
        body().map_err(Stopped::Inner)
    }
}

pin_project! {
    /// A limit whose timer exists only once the body has been pending.
    pub(crate) struct Within<F> {
        #[pin]
        body: F,
        #[pin]
        timer: Option<Sleep>,
        limit: Duration,
    }
}

pub(crate) fn within<F>(limit: Duration, body: F) -> Within<F> {
    Within { body, timer: None, limit }
}

impl<T, E, F: Future<Output = Result<T, E>>> Future for Within<F> {
    type Output = Result<T, Stopped<E>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Poll::Ready(out) = this.body.poll(cx) {
            return Poll::Ready(out.map_err(Stopped::Inner));
        }
        if this.timer.is_none() {
            this.timer.set(Some(tokio::time::sleep(*this.limit)));
        }
        match this.timer.as_pin_mut() {
            Some(timer) => timer.poll(cx).map(|()| Err(Stopped::Late(*this.limit))),
            None => Poll::Pending,
        }
    }
}

/// Full jitter below an exponential.
#[cold]
pub(crate) fn delay(attempt: u32) -> Duration {
    let most = 100_000_000_u64 << attempt.min(6);
    Duration::from_nanos(coarse().wrapping_mul(0x9E37_79B9_7F4A_7C15) % most)
}
