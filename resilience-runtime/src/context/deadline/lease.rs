//! What is lent to a body that runs on a worker thread.

use std::cell::RefCell;

use super::limit::Limit;
use crate::core::sync::{Arc, thread_local};

thread_local! {
    static LEASE: RefCell<Option<Arc<dyn Lease>>> = const { RefCell::new(None) };
}

/// Something that was lent to a body which runs on a worker thread: it must be settled when the caller gives the body
/// up, because the body itself may hang for ever.
pub(crate) trait Loan: Send + Sync {
    /// The caller's limit passed while this was out.
    fn timed_out(&self);
}

/// The worker thread's job, as the policies inside it see it.
pub(crate) trait Lease: Send + Sync {
    /// Remembers what was lent, for the moment the caller gives up.
    fn lend(&self, loan: Arc<dyn Loan>);
}

/// The job this thread runs for a sync timeout, if it does, of what runs under `limit`: a task without one, that the job
/// polls besides, is no part of it. A thread that is being torn down runs none.
pub(crate) fn lease(limit: Limit) -> Option<Arc<dyn Lease>> {
    if limit == Limit::NONE {
        return None;
    }
    LEASE.try_with(|lease| lease.borrow().clone()).ok().flatten()
}

/// Makes `lease` this thread's job until the guard is dropped.
pub(crate) fn enter_lease(lease: Arc<dyn Lease>) -> EnteredLease {
    EnteredLease { previous: LEASE.replace(Some(lease)) }
}

/// See [`enter_lease`].
pub(crate) struct EnteredLease {
    previous: Option<Arc<dyn Lease>>,
}

impl Drop for EnteredLease {
    fn drop(&mut self) {
        LEASE.set(self.previous.take());
    }
}
