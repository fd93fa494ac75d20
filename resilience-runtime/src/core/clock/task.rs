//! Whether a thread may be blocked.

use std::pin::pin;
use std::task::{Context, Waker};

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::consume_budget;

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
    // A future of tokio's that has to wait puts back the budget that was there before it was polled. This one looks at a
    // value first, and comes to wait because the value is never the right one.
    let (_sender, mut receiver) = watch::channel(());
    let mut has_end = None;
    let waits = receiver.wait_for(|()| {
        has_end = Some((0..=u8::MAX).any(|_| pin!(consume_budget()).poll(&mut cx).is_pending()));
        false
    });
    let _ = pin!(waits).poll(&mut Context::from_waker(Waker::noop()));
    // Where nothing is left of a budget it has not looked.
    has_end.unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use tokio::runtime::{Builder, Runtime};
    use tokio::task::{LocalSet, block_in_place, spawn, spawn_blocking};

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
            while pin!(consume_budget()).poll(&mut cx).is_ready() {
                steps += 1;
                assert!(steps == 1 || is_polled());
            }
            assert!(steps > 100 && is_polled(), "{steps}");
        });
    }
}
