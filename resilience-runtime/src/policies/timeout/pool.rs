//! The worker threads of sync timeouts.
//!
//! The pool grows on demand and never queues: a job that waits for a thread would eat up its limit unseen. The thread
//! that was used last is used first, so that the others can leave.

mod shares;
mod stats;

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::core::name::Name;
use crate::core::sync::{Arc, AtomicU64, AtomicUsize, Condvar, Mutex, Ordering, const_fn, global, thread};

use shares::Shares;
pub use stats::WorkerStats;

/// The default bound on worker threads: what a process survives, far above what a healthy one needs.
const MAX_WORKERS: usize = 256;

/// The share of the threads that the bodies of one function may hold, by default: one whose bodies hang leaves as many to
/// all others.
const SHARE: f64 = 0.5;

/// How long a worker waits for its next job before it leaves.
const IDLE: Duration = Duration::from_secs(10);

global! {
    /// The workers of the process.
    pub(super) static WORKERS: Pool = Pool::new(MAX_WORKERS, IDLE);
}

/// One body with what surrounds it.
pub(super) struct Job {
    /// The timeout in whose share it runs.
    holder: Name,
    pub(super) run: Run,
}

/// It calls its argument when the worker is free again, before it tells its caller: the caller's next job then finds this
/// worker and not the need for another.
type Run = Box<dyn FnOnce(&mut dyn FnMut()) + Send>;

impl Job {
    pub(super) fn new(holder: &Name, run: impl FnOnce(&mut dyn FnMut()) + Send + 'static) -> Self {
        Self { holder: holder.clone(), run: Box::new(run) }
    }
}

/// No thread may be had.
#[derive(Debug)]
pub(super) enum Busy {
    /// So many there may be, and all are busy.
    All(usize),
    /// So many the bodies of one function may hold, and they do.
    Share(usize),
}

pub(super) struct Pool {
    crew: Mutex<Crew>,
    max: AtomicUsize,
    /// The bits of a number from 0 to 1.
    share: AtomicU64,
    abandoned: AtomicUsize,
    idle: Duration,
}

struct Crew {
    /// All workers, those included that are being started.
    threads: usize,
    /// Those that wait, the last used one last.
    waiting: Vec<Arc<Worker>>,
    shares: Shares,
}

#[derive(Default)]
struct Worker {
    next: Mutex<Option<Job>>,
    called: Condvar,
}

impl Pool {
    const_fn! {
        pub(super) fn new(max: usize, idle: Duration) -> Self {
            let crew = Mutex::new(Crew { threads: 0, waiting: Vec::new(), shares: Shares::new() });
            let share = AtomicU64::new(SHARE.to_bits());
            Self { crew, max: AtomicUsize::new(max), share, abandoned: AtomicUsize::new(0), idle }
        }
    }

    // Relaxed here and below: bound and gauge order nothing else.
    pub(super) fn set_max(&self, max: usize) {
        self.max.store(max.max(1), Ordering::Relaxed);
    }

    fn max(&self) -> usize {
        self.max.load(Ordering::Relaxed)
    }

    pub(super) fn set_share(&self, share: f64) {
        // What is not a number stays so, and is a share of no thread.
        self.share.store(share.clamp(0.0, 1.0).to_bits(), Ordering::Relaxed);
    }

    /// How many threads the bodies of one function may hold, of `max`.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn share_of(&self, max: usize) -> usize {
        let share = f64::from_bits(self.share.load(Ordering::Relaxed));
        ((max as f64 * share) as usize).max(1)
    }

    pub(super) fn stats(&self) -> WorkerStats {
        let (threads, idle) = {
            let crew = self.crew.lock();
            (crew.threads, crew.waiting.len())
        };
        let max = self.max();
        WorkerStats {
            threads,
            busy: threads - idle,
            idle,
            abandoned: self.abandoned.load(Ordering::Relaxed),
            max,
            max_per_function: self.share_of(max),
        }
    }

    /// Counts a body that goes on without its caller.
    pub(super) fn abandon(&self) {
        self.abandoned.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts an abandoned body that came to its end.
    pub(super) fn recover(&self) {
        self.abandoned.fetch_sub(1, Ordering::Relaxed);
    }

    /// Runs `job` at once on a worker, or not at all.
    pub(super) fn submit(&'static self, job: Job) -> Result<(), Busy> {
        let max = self.max();
        let share = self.share_of(max);
        let waiting = {
            let mut crew = self.crew.lock();
            if crew.threads - crew.waiting.len() >= max {
                return Err(Busy::All(max));
            }
            if !crew.shares.take(&job.holder, share) {
                return Err(Busy::Share(share));
            }
            let waiting = crew.waiting.pop();
            if waiting.is_none() {
                crew.threads += 1;
            }
            waiting
        };
        match waiting {
            Some(worker) => {
                worker.call(job);
                Ok(())
            }
            None => {
                let holder = job.holder.clone();
                self.start(job).map_err(|_| {
                    // The system has no thread left to give: as good as a full pool.
                    let mut crew = self.crew.lock();
                    crew.threads -= 1;
                    crew.shares.give_back(&holder);
                    Busy::All(max)
                })
            }
        }
    }

    fn start(&'static self, job: Job) -> std::io::Result<()> {
        let thread = thread::Builder::new().name("resilience-worker".into());
        thread.spawn(move || self.work(job)).map(drop)
    }

    /// The life of a worker.
    fn work(&self, first: Job) {
        let worker = Arc::new(Worker::default());
        let mut next = Some(first);
        while let Some(Job { holder, run }) = next {
            let mut free = false;
            let mut release = || {
                free = true;
                self.release(&worker, &holder);
            };
            // The job catches the panics of its body. This is for those of a log subscriber, and for what they leave: its
            // drop may panic as well, and a worker that is free must live.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(&mut release))) {
                mem::forget(panic);
            }
            if !free {
                self.release(&worker, &holder);
            }
            next = self.next_job(&worker);
        }
    }

    fn release(&self, worker: &Arc<Worker>, holder: &Name) {
        let mut crew = self.crew.lock();
        crew.shares.give_back(holder);
        crew.waiting.push(Arc::clone(worker));
    }

    /// Waits for the next job; `None` when the worker has left the crew.
    fn next_job(&self, worker: &Arc<Worker>) -> Option<Job> {
        loop {
            let surplus = self.crew.lock().threads > self.max();
            let patience = if surplus { Duration::ZERO } else { self.idle };
            if let Some(job) = worker.await_call(patience) {
                return Some(job);
            }
            let mut crew = self.crew.lock();
            if surplus && crew.threads <= self.max() {
                // Enough others have left meanwhile.
                continue;
            }
            // A worker that is not among the waiting has just been chosen: its call is on the way.
            if let Some(place) = crew.waiting.iter().position(|other| Arc::ptr_eq(other, worker)) {
                crew.waiting.remove(place);
                crew.threads -= 1;
                return None;
            }
        }
    }
}

impl Worker {
    fn call(&self, job: Job) {
        *self.next.lock() = Some(job);
        self.called.notify_one();
    }

    fn await_call(&self, patience: Duration) -> Option<Job> {
        let next = self.next.lock();
        self.called.wait_timeout_while(next, patience, |next| next.is_none()).take()
    }
}

#[cfg(all(test, resilience_loom))]
mod interleavings;
