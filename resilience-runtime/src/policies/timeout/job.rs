//! One body on a worker thread: what it takes along from its caller, and how the two part.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use tokio::runtime::Handle;
use tracing::{Dispatch, Span, dispatcher};

use crate::context::deadline::{self, Lease, Limit, Loan};
use crate::core::clock;
use crate::core::policy::Policy;
use crate::core::probing::{self, Probe};
use crate::core::sync::{Arc, Condvar, Mutex};

use super::handle::Timeout;
use super::loans::Loans;
use super::pool::{Job, Pool};

/// What the body came to: its value, or its panic.
type Output<X> = Result<X, Box<dyn Any + Send>>;

/// The job for `body`, and the caller's end of it. For the body `limit` is in force.
pub(super) fn new<X, F>(pool: &'static Pool, timeout: &Timeout, limit: Limit, body: F) -> (Job, Ticket<X>)
where
    X: Send + 'static,
    F: FnOnce() -> X + Send + 'static,
{
    let loans = Arc::new(Loans::default());
    // The caller may itself be on a worker: if its own caller leaves, what is lent here is settled as well.
    if let Some(outer) = deadline::lease(deadline::limit()) {
        outer.lend(Arc::clone(&loans) as Arc<dyn Loan>);
    }
    let parting =
        Arc::new(Parting { pool, timeout: timeout.clone(), end: Mutex::new(End::Running), told: Condvar::new() });
    let ticket = Ticket { parting: Arc::clone(&parting), loans: Arc::clone(&loans) };
    let surroundings = Surroundings::of_caller();
    let limit = limit.for_thread(clock::now());
    let job = move |release: &mut dyn FnMut()| {
        let mut finished = false;
        let run = || {
            let output = {
                let _ambient = deadline::enter(limit(clock::now()));
                let _lease = deadline::enter_lease(Arc::clone(&loans) as Arc<dyn Lease>);
                catch_unwind(AssertUnwindSafe(body))
            };
            loans.close();
            finished = true;
            parting.finish(output, &mut *release);
        };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| surroundings.run(run))) {
            if finished {
                resume_unwind(panic);
            }
            // A log subscriber panicked when it was to enter the span, as it would have on the caller's thread. The
            // caller must not wait for a body that will never run.
            loans.close();
            parting.finish(Err(panic), release);
        }
    };
    (Job::new(timeout.observer().name(), job), ticket)
}

/// The caller's end of a job.
pub(super) struct Ticket<X> {
    parting: Arc<Parting<X>>,
    loans: Arc<Loans>,
}

/// Where the worker and the caller meet, or miss each other.
struct Parting<X> {
    pool: &'static Pool,
    timeout: Timeout,
    end: Mutex<End<X>>,
    told: Condvar,
}

enum End<X> {
    /// The body runs and the caller waits.
    Running,
    /// The body is done.
    Finished(Output<X>),
    /// The caller has left.
    Abandoned,
}

impl<X> Ticket<X> {
    /// Waits for the body until so much real time has passed; `None` when it has.
    pub(super) fn wait(self, limit: Duration) -> Option<Output<X>> {
        let Parting { pool, timeout, end, told } = &*self.parting;
        {
            let running = |end: &mut End<X>| matches!(end, End::Running);
            let mut end = told.wait_timeout_while(end.lock(), limit, running);
            if let End::Finished(output) = std::mem::replace(&mut *end, End::Abandoned) {
                return Some(output);
            }
            // Under the lock: the worker, which counts back, must find it counted.
            timeout.abandon();
            pool.abandon();
        }
        self.loans.timed_out();
        None
    }
}

impl<X> Parting<X> {
    /// The worker's side: hands the output over, or clears it away.
    fn finish(&self, output: Output<X>, release: &mut dyn FnMut()) {
        {
            let mut end = self.end.lock();
            if let End::Running = *end {
                *end = End::Finished(output);
                release();
                self.told.notify_one();
                return;
            }
        }
        if let Err(panic) = &output {
            let (name, panic) = (self.timeout.name(), message(&**panic));
            quietly(|| {
                tracing::error!(target: "resilience", policy = "timeout", name, panic, "an abandoned body panicked");
            });
        }
        quietly(|| drop(output));
        self.timeout.recover();
        self.pool.recover();
    }
}

/// Runs what is not ours: a log subscriber, or the drop of what a body left. It may panic, and what it panics with may do
/// so in its drop; nobody is there to be told.
fn quietly(act: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(act)) {
        std::mem::forget(panic);
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// What a body finds around it on its caller's thread, and must find on the worker's.
struct Surroundings {
    runtime: Option<Handle>,
    dispatch: Dispatch,
    span: Span,
    probes: Vec<Probe>,
}

impl Surroundings {
    fn of_caller() -> Self {
        Self {
            runtime: Handle::try_current().ok(),
            dispatch: dispatcher::get_default(Clone::clone),
            span: Span::current(),
            probes: probing::current(),
        }
    }

    fn run(&self, job: impl FnOnce()) {
        let _inside = probing::adopt(&self.probes);
        let _runtime = self.runtime.as_ref().map(Handle::enter);
        dispatcher::with_default(&self.dispatch, || self.span.in_scope(job));
    }
}

#[cfg(all(test, resilience_loom))]
mod interleavings;
