//! How the async rows are run: on tokio's runtime of one thread, polled again at once when pending.

use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tokio::runtime::{Builder, EnterGuard, Runtime};
use tokio::task::coop::unconstrained;

thread_local! {
    static RUNTIME: &'static Runtime =
        Box::leak(Box::new(Builder::new_current_thread().enable_time().build().unwrap()));
}

/// Runs `future` to its end on the runtime of this thread.
pub fn block<F: Future>(future: F) -> F::Output {
    RUNTIME.with(|runtime| runtime.block_on(unconstrained(future)))
}

/// Makes the runtime of this thread the current one, for peers that look for it when they are built.
pub fn enter() -> EnterGuard<'static> {
    RUNTIME.with(|runtime| runtime.enter())
}

/// One batch of an async contender: `n` calls, one after the other. A pending call is polled again at once with the
/// task's waker, so that no trip through the scheduler is measured.
pub fn turns<F: Future>(n: u64, mut call: impl FnMut() -> F) {
    block(async {
        for _ in 0..n {
            let mut future = pin!(call());
            let output = poll_fn(|cx| {
                loop {
                    if let Poll::Ready(output) = future.as_mut().poll(cx) {
                        return Poll::Ready(output);
                    }
                }
            });
            black_box(&output.await);
        }
    });
}

/// Pending at the first poll, ready at the second: the shortest wait there is.
#[derive(Debug, Default)]
pub struct YieldOnce(bool);

impl Future for YieldOnce {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        Poll::Pending
    }
}
