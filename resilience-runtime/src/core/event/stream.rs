//! Events as a stream: who waits for the next one is woken when it is sent.

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use super::{Event, Events, RecvError};
use crate::core::sync::{AtomicU64, Mutex, Ordering};

/// The wakers of those who wait, each by the number of its subscription.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    wakers: Mutex<Vec<(u64, Waker)>>,
    next: AtomicU64,
}

impl Waiting {
    /// The number of a new subscription.
    pub(super) fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn enter(&self, number: u64, waker: &Waker) {
        let waker = waker.clone();
        let mut wakers = self.wakers.lock();
        let replaced = match wakers.iter_mut().find(|(known, _)| *known == number) {
            Some((_, known)) => Some(mem::replace(known, waker)),
            None => {
                wakers.push((number, waker));
                None
            }
        };
        // To drop a waker may run the code of an executor.
        drop(wakers);
        drop(replaced);
    }

    pub(super) fn leave(&self, number: u64) {
        let mut wakers = self.wakers.lock();
        let left = wakers.iter().position(|(known, _)| *known == number).map(|at| wakers.swap_remove(at));
        drop(wakers);
        drop(left);
    }

    pub(super) fn wake(&self) {
        let wakers = mem::take(&mut *self.wakers.lock());
        wakers.into_iter().for_each(|(_, waker)| waker.wake());
    }
}

/// The next events, without an end as long as the registry lives. Of the errors only [`RecvError::Lagged`] comes: the reader
/// was too slow and has lost so many events, and the stream goes on with the oldest that is kept.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), resilience::ConfigError> {
/// use futures_util::StreamExt;
/// use resilience::{CircuitBreaker, Registry};
///
/// let registry = Registry::new();
/// let mut events = registry.subscribe();
/// registry.register(CircuitBreaker::builder("jira_api").build()?).force_open();
/// assert_eq!(events.next().await.unwrap().unwrap().name(), "jira_api");
///
/// drop(registry);
/// assert!(events.next().await.is_none());
/// # Ok(())
/// # }
/// ```
impl Stream for Events {
    type Item = Result<Event, RecvError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let mut next = this.try_recv();
        if matches!(next, Err(RecvError::Empty)) {
            this.waiting.enter(this.number, cx.waker());
            // What was sent in between has woken nobody.
            next = this.try_recv();
        }
        match next {
            Err(RecvError::Empty) => Poll::Pending,
            Err(RecvError::Closed) => Poll::Ready(None),
            event => Poll::Ready(Some(event)),
        }
    }
}
