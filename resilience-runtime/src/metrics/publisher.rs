//! Publishing on a timer.

use std::time::Duration;

use tokio::task::AbortHandle;

use crate::core::clock;

/// No recorder can be read faster than this.
const FASTEST: Duration = Duration::from_millis(1);

/// Publishes the global registry now, and then once in every `every`, until the handle is [stopped] or the runtime ends.
/// Dropping the handle changes nothing: an application starts this in `main` and forgets it.
///
/// The period of the exporter's own collection is a good value; anything below a millisecond is taken as one.
///
/// [stopped]: PublisherHandle::stop
///
/// # Panics
/// Outside of a tokio runtime, like [`tokio::spawn`], and names the place of the call.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use std::time::Duration;
/// use resilience::metrics;
///
/// let publisher = metrics::spawn_publisher(Duration::from_secs(10));
/// // ...
/// publisher.stop();
/// # }
/// ```
#[track_caller]
pub fn spawn_publisher(every: Duration) -> PublisherHandle {
    let every = every.max(FASTEST);
    let task = tokio::spawn(async move {
        loop {
            super::publish();
            // Ours, which asks nothing of the runtime; and after a late one, publishing twice in a row tells nothing new.
            clock::sleep(every).await;
        }
    });
    PublisherHandle(task.abort_handle())
}

/// Stops a [publisher](spawn_publisher). Clones stop the same one.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use std::time::Duration;
/// use resilience::metrics;
///
/// let publisher = metrics::spawn_publisher(Duration::from_secs(10));
/// assert!(!publisher.is_stopped());
/// publisher.clone().stop();
/// # tokio::task::yield_now().await;
/// assert!(publisher.is_stopped()); // once its task has been told
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct PublisherHandle(AbortHandle);

impl PublisherHandle {
    /// Stops publishing, at the next moment its task is free to. What the recorder has been given stays.
    pub fn stop(&self) {
        self.0.abort();
    }

    /// Whether the publisher has ended: stopped, or its runtime is gone.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.is_finished()
    }
}
