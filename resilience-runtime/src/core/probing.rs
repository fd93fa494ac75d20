//! Which probes of half-open circuits the current call is inside of.
//!
//! A probe is noted on the thread while what it is for runs there: a sync call until it reports, a coroutine during each
//! poll. So a suspended probe lets nobody in who runs meanwhile on its thread, and a task that it polls besides is not
//! inside of it either. All of it is rare, and nothing here is on the way of a call through a closed circuit.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::num::NonZeroU32;

use tokio::task;

use crate::core::sync::{AtomicU64, Mutex, Ordering, global, thread_local};

/// One admitted probe. Unlike its place in one breaker it is known by that in all of them.
pub(crate) type Probe = NonZeroU32;

global! {
    static NEXT: AtomicU64 = AtomicU64::new(0);
}

global! {
    /// Those that have not reported.
    static OUT: Mutex<BTreeSet<Probe>> = Mutex::new(BTreeSet::new());
}

thread_local! {
    static INSIDE: RefCell<Vec<(Probe, Option<task::Id>)>> = const { RefCell::new(Vec::new()) };
}

/// A new one.
pub(crate) fn number() -> Probe {
    // After so many that an equal one has long been forgotten they begin anew.
    let next = NEXT.fetch_add(1, Ordering::Relaxed) % u64::from(u32::MAX);
    Probe::MIN.saturating_add(u32::try_from(next).unwrap_or(0))
}

/// A call becomes a probe, and runs.
pub(crate) fn begin(probe: Probe) {
    OUT.lock().insert(probe);
    enter(probe);
}

/// It has reported, or never will: nobody is inside of it any more.
pub(crate) fn end(probe: Probe) {
    if OUT.lock().remove(&probe) {
        leave(probe);
    }
}

/// What the probe is for runs on this thread again. Returns whether it still is a probe.
pub(crate) fn resume(probe: Probe) -> bool {
    let is_out = OUT.lock().contains(&probe);
    if is_out {
        enter(probe);
    }
    is_out
}

fn enter(probe: Probe) {
    // A thread that is being torn down runs no more of them.
    let _ = INSIDE.try_with(|inside| inside.borrow_mut().push((probe, task::try_id())));
}

/// What the probe is for does not run on this thread any more.
pub(crate) fn leave(probe: Probe) {
    let _ = INSIDE.try_with(|inside| {
        let mut inside = inside.borrow_mut();
        if let Some(place) = inside.iter().rposition(|(entered, _)| *entered == probe) {
            inside.remove(place);
        }
    });
}

/// Those that the current call is inside of.
pub(crate) fn current() -> Vec<Probe> {
    let task = task::try_id();
    let current = |inside: &RefCell<Vec<(Probe, Option<task::Id>)>>| {
        inside.borrow().iter().filter(|(_, entered)| *entered == task).map(|(probe, _)| *probe).collect()
    };
    INSIDE.try_with(current).unwrap_or_default()
}

/// Makes a worker thread run inside of `probes` until the guard is dropped.
pub(crate) fn adopt(probes: &[Probe]) -> Adopted<'_> {
    probes.iter().for_each(|probe| enter(*probe));
    Adopted(probes)
}

/// See [`adopt`].
pub(crate) struct Adopted<'a>(&'a [Probe]);

impl Drop for Adopted<'_> {
    fn drop(&mut self) {
        self.0.iter().for_each(|probe| leave(*probe));
    }
}
