//! What policies lend to a body on a worker thread.

use crate::context::deadline::{Lease, Loan};
use crate::core::sync::{Arc, Mutex};

/// What the policies inside the body have lent to it. As a loan of an outer job it is settled with that one.
pub(super) struct Loans {
    /// `None` once nobody waits for the body any more.
    open: Mutex<Option<Vec<Arc<dyn Loan>>>>,
}

impl Default for Loans {
    fn default() -> Self {
        Self { open: Mutex::new(Some(Vec::new())) }
    }
}

impl Loans {
    /// The body is done, and has given everything back itself.
    pub(super) fn close(&self) {
        let returned = self.open.lock().take();
        drop(returned);
    }
}

impl Lease for Loans {
    fn lend(&self, loan: Arc<dyn Loan>) {
        let mut open = self.open.lock();
        // The limit that has passed says nothing of what an abandoned body does from then on: that is judged by its
        // own outcome.
        let Some(open) = open.as_mut() else { return };
        if open.len() == open.capacity() {
            // A loan that only we hold has been given back. A body may make any number of calls.
            open.retain(|loan| Arc::strong_count(loan) > 1);
        }
        open.push(loan);
    }
}

impl Loan for Loans {
    fn timed_out(&self) {
        let open = self.open.lock().take();
        for loan in open.into_iter().flatten() {
            loan.timed_out();
        }
    }
}
