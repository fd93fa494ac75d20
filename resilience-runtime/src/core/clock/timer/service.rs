//! The thread that wakes tasks when their moment has come.
//!
//! Nearly every wait of a limit ends long before its moment. So a call that begins to wait, and one that ends, only
//! write into a queue, one of several, which its thread shares with few. The timer thread sleeps until the nearest
//! moment that it knows of, whether or not somebody still waits for it then, and looks again: once per limit and not
//! once per call. It is started by the first who waits, and leaves after some seconds in which nobody did.

use std::cell::Cell;
use std::mem;
use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;
use std::time::Duration;

use super::queue::{Place, Queue};
use crate::core::clock::{self, Instant};
use crate::core::sync::{
    AtomicU64, AtomicUsize, Condvar, Mutex, MutexGuard, Ordering, array, const_fn, global, thread, thread_local,
};

/// Queues. Threads beyond share them.
const QUEUES: usize = if cfg!(resilience_loom) { 2 } else { 16 };

/// How long the thread stays when nobody waits.
const IDLE: Duration = Duration::from_secs(10);

/// Moments are rounded up to about a millisecond, as tokio does: so often the thread looks at most.
const TICK: u64 = (1 << 20) - 1;

/// No moment.
const NEVER: u64 = Instant::NEVER.as_nanos();

global! {
    /// That of the process.
    pub(super) static SERVICE: Service = Service::new();
}

pub(super) struct Service {
    lines: [Line; QUEUES],
    /// When the thread looks next; [`NEVER`] while it looks, and while nobody waits. Written under the lock of
    /// `is_running`.
    next: AtomicU64,
    is_running: Mutex<bool>,
    rung: Condvar,
}

// Two lines of the cache: the prefetcher fetches them in pairs.
#[repr(align(128))]
struct Line(Mutex<Queue>);

/// A place in one of the queues.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticket {
    number: NonZeroU64,
    /// The slot, and in the lowest digit the queue.
    slot: usize,
}

impl Ticket {
    fn new(line: usize, place: Place) -> Self {
        // Never the second: numbers begin with 1.
        let number = NonZeroU64::new(place.number).unwrap_or(NonZeroU64::MIN);
        Self { number, slot: place.slot * QUEUES + line }
    }

    fn line(self) -> usize {
        self.slot % QUEUES
    }

    fn place(self) -> Place {
        Place { slot: self.slot / QUEUES, number: self.number.get() }
    }
}

fn end_of_tick(moment: Instant) -> u64 {
    moment.as_nanos() | TICK
}

/// The queue of this thread.
fn own_line() -> usize {
    const UNKNOWN: usize = usize::MAX;
    thread_local! {
        static LINE: Cell<usize> = const { Cell::new(UNKNOWN) };
    }
    global! {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
    }
    if LINE.get() == UNKNOWN {
        // Relaxed: any division of the threads is right.
        LINE.set(THREADS.fetch_add(1, Ordering::Relaxed) % QUEUES);
    }
    LINE.get()
}

impl Service {
    const_fn! {
        pub(super) fn new() -> Self {
            Self {
                lines: array![Line(Mutex::new(Queue::new())); QUEUES],
                next: AtomicU64::new(NEVER),
                is_running: Mutex::new(false),
                rung: Condvar::new(),
            }
        }
    }

    /// Wakes `waker` once the system's clock has reached `moment`.
    pub(super) fn insert(&'static self, moment: Instant, waker: Waker) -> Ticket {
        let line = own_line();
        let place = self.lines[line].0.lock().insert(moment, waker);
        // Relaxed: the lock of the queue says enough. If the thread has looked at the queue before, then what it has
        // written to `next` since it began to look is seen here; and if it has not, it will see the new place.
        if end_of_tick(moment) < self.next.load(Ordering::Relaxed) {
            self.look_at(end_of_tick(moment));
        }
        Ticket::new(line, place)
    }

    /// Has `waker` woken instead of an earlier one. Returns false when the moment has come.
    pub(super) fn renew(&self, ticket: Ticket, waker: &Waker) -> bool {
        let queue = &self.lines[ticket.line()].0;
        match queue.lock().waker(ticket.place()) {
            None => return false,
            Some(known) if known.will_wake(waker) => return true,
            Some(_) => {}
        }
        let mut waker = waker.clone();
        let known = queue.lock().waker(ticket.place()).map(|known| std::mem::swap(known, &mut waker));
        // The other one is dropped here, where there is no lock.
        known.is_some()
    }

    /// Gives a place back, with its waker.
    pub(super) fn remove(&self, ticket: Ticket) {
        let waker = self.lines[ticket.line()].0.lock().remove(ticket.place());
        drop(waker);
    }

    /// Has the thread look at `moment`, unless it does so before.
    #[cold]
    fn look_at(&'static self, moment: u64) {
        {
            let mut is_running = self.is_running.lock();
            if moment >= self.next.load(Ordering::Relaxed) {
                return;
            }
            self.next.store(moment, Ordering::Relaxed);
            if *is_running {
                self.rung.notify_one();
                return;
            }
            *is_running = true;
        }
        let thread = thread::Builder::new().name("resilience-timer".into());
        if let Err(error) = thread.spawn(move || self.run()) {
            let mut is_running = self.is_running.lock();
            // The next who waits tries again.
            self.next.store(NEVER, Ordering::Relaxed);
            *is_running = false;
            drop(is_running);
            tracing::error!(target: "resilience", %error, "no thread for the timers: limits and pauses do not end");
        }
    }

    /// The life of the thread.
    fn run(&self) {
        loop {
            {
                let _lock = self.is_running.lock();
                self.next.store(NEVER, Ordering::Relaxed);
            }
            let nearest = self.wake_due(clock::now());
            clock::watch_lag();
            let is_running = self.is_running.lock();
            let next = self.next.load(Ordering::Relaxed).min(nearest);
            self.next.store(next, Ordering::Relaxed);
            if !self.wait(is_running) {
                return;
            }
        }
    }

    /// Wakes those whose moment has come. Returns when to look again.
    fn wake_due(&self, now: Instant) -> u64 {
        let mut nearest = NEVER;
        for Line(queue) in &self.lines {
            let (due, first) = queue.lock().look(now);
            nearest = nearest.min(end_of_tick(first));
            for waker in due {
                // A waker that panics must not take the others' timers along; nor may what it panics with, when that is
                // dropped.
                if let Err(payload) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
                    mem::forget(payload);
                }
            }
        }
        nearest
    }

    /// Waits until it is time to look. Returns false when the thread is to leave.
    fn wait(&self, mut is_running: MutexGuard<'_, bool>) -> bool {
        loop {
            let next = self.next.load(Ordering::Relaxed);
            let left = if next == NEVER { IDLE } else { Instant::from_nanos(next).since(clock::now()) };
            if left.is_zero() {
                return true;
            }
            let is_next = |_: &mut bool| self.next.load(Ordering::Relaxed) == next;
            is_running = self.rung.wait_timeout_while(is_running, left, is_next);
            if next == NEVER && self.next.load(Ordering::Relaxed) == NEVER {
                *is_running = false;
                return false;
            }
        }
    }
}

#[cfg(all(test, resilience_loom))]
mod interleavings;
#[cfg(all(test, not(resilience_loom)))]
mod tests;
