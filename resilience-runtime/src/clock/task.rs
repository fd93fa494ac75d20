//! Whether a thread may be blocked.

use std::task::{Context, Poll, Waker};

use tokio::runtime::Handle;
use tokio::task::coop::poll_proceed;

/// Whether tokio is polling a task on this thread, and has not been told that it blocks.
///
/// tokio has no word for that: `spawn_blocking` has a task as well. But each task that it polls has a budget of steps, and
/// what may block has none: `spawn_blocking`, `block_in_place`, and threads that only know a runtime. A budget shows by
/// coming to its end; it is put back.
#[cold]
pub(crate) fn is_polled() -> bool {
    if Handle::try_current().is_err() {
        return false;
    }
    let mut cx = Context::from_waker(Waker::noop());
    let Poll::Ready(budget) = poll_proceed(&mut cx) else { return true };
    let has_end = (0..=u8::MAX).any(|_| match poll_proceed(&mut cx) {
        Poll::Ready(step) => {
            step.made_progress();
            false
        }
        Poll::Pending => true,
    });
    // No progress was made with the first step: it gives back all that there was before it.
    drop(budget);
    has_end
}

#[cfg(test)]
mod tests {
    use tokio::runtime::{Builder, Runtime};
    use tokio::task::{LocalSet, block_in_place, coop, spawn, spawn_blocking};

    use super::*;

    fn runtimes() -> [Runtime; 2] {
        [Builder::new_current_thread(), Builder::new_multi_thread()].map(|mut builder| builder.build().unwrap())
    }

    #[test]
    fn a_task_is_polled() {
        for runtime in runtimes() {
            assert!(runtime.block_on(async { is_polled() }));
            assert!(runtime.block_on(async { spawn(async { is_polled() }).await }).unwrap());
            assert!(LocalSet::new().block_on(&runtime, async { is_polled() }));
        }
    }

    #[test]
    fn what_may_block_is_not_polled() {
        assert!(!is_polled());
        for runtime in runtimes() {
            assert!(!runtime.block_on(async { spawn_blocking(is_polled).await }).unwrap());
            let _entered = runtime.enter();
            assert!(!is_polled());
        }
        let [_, threads] = runtimes();
        assert!(!threads.block_on(async { block_in_place(is_polled) }));
        assert!(!threads.block_on(async { spawn(async { block_in_place(is_polled) }).await }).unwrap());
    }

    #[test]
    fn the_budget_is_put_back() {
        let [runtime, _] = runtimes();
        runtime.block_on(async {
            let mut cx = Context::from_waker(Waker::noop());
            let mut steps = 0;
            while let Poll::Ready(step) = coop::poll_proceed(&mut cx) {
                step.made_progress();
                steps += 1;
                assert!(steps == 1 || is_polled());
            }
            assert!(steps > 100 && is_polled(), "{steps}");
        });
    }
}
