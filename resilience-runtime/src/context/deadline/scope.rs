//! Futures that carry a deadline of their own choice.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::limit::Limit;
use super::{enter, limit};
use crate::core::clock::{self, nanos};

/// Runs `future` under a deadline, `limit` from its first poll on.
///
/// The deadline informs, as that of a `#[timeout]` does: [`remaining`](super::remaining), retries, waits and sync limits
/// inside see it, and a call that is dropped after it counts as timed out. But nobody drops the future: that is for who
/// has set the limit, such as a server that knows how long its client will wait. To enforce one use
/// [`Timeout`](crate::Timeout).
///
/// Nested in a nearer deadline it changes nothing.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use std::time::Duration;
/// use resilience::deadline;
///
/// let left = deadline::scope(Duration::from_secs(5), async { deadline::remaining() }).await;
/// assert!(left.is_some_and(|left| left <= Duration::from_secs(5)));
/// assert_eq!(deadline::remaining(), None);
/// # }
/// ```
///
/// # Cancel safety
/// That of `future`: dropping the one drops the other.
pub fn scope<F: IntoFuture>(limit: Duration, future: F) -> Scoped<F::IntoFuture> {
    Scoped { deadline: Deadline::After(nanos(limit)), future: future.into_future() }
}

/// Runs `future` without a deadline, also where there is one.
///
/// For what a call starts and does not wait for to the end: the members of a set that outlives it, a refresh in the
/// background. Whoever drops it, what is dropped inside counts as cancelled.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), resilience::ConfigError> {
/// use std::time::Duration;
/// use resilience::{Error, Timeout, deadline};
///
/// let timeout = Timeout::builder("search").duration(Duration::from_secs(2)).build()?;
/// let left = timeout.call_async(|| async {
///     let refresh = deadline::detach(async { deadline::remaining() });
///     Ok::<_, Error>((deadline::remaining().is_some(), refresh.await))
/// });
/// assert_eq!(left.await, Ok((true, None)));
/// # Ok(())
/// # }
/// ```
///
/// # Cancel safety
/// That of `future`.
pub fn detach<F: IntoFuture>(future: F) -> Scoped<F::IntoFuture> {
    Scoped { deadline: Deadline::Fixed(Limit::NONE), future: future.into_future() }
}

/// Runs `future` under the deadline that is ambient now, wherever it is polled: what is handed to `spawn`, to a set or
/// to a channel starts without one otherwise.
///
/// Where there is none now, there is none for the future.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), resilience::ConfigError> {
/// use std::time::Duration;
/// use resilience::{Error, Timeout, deadline};
///
/// let timeout = Timeout::builder("search").duration(Duration::from_secs(2)).build()?;
/// let left = timeout.call_async(|| async {
///     let without = tokio::spawn(async { deadline::remaining() });
///     let with = tokio::spawn(deadline::inherit(async { deadline::remaining() }));
///     Ok::<_, Error>((without.await.unwrap(), with.await.unwrap().is_some()))
/// });
/// assert_eq!(left.await, Ok((None, true)));
/// # Ok(())
/// # }
/// ```
///
/// # Cancel safety
/// That of `future`.
pub fn inherit<F: IntoFuture>(future: F) -> Scoped<F::IntoFuture> {
    Scoped { deadline: Deadline::Fixed(limit()), future: future.into_future() }
}

#[derive(Debug, Clone, Copy)]
enum Deadline {
    /// So many nanoseconds after the first poll, which has not been.
    After(u64),
    /// Of its own, and the latest of those around it at the polls so far.
    Own(Limit, Limit),
    /// Whatever is around it.
    Fixed(Limit),
}

pin_project_lite::pin_project! {
    /// A future with a deadline: what [`scope`], [`detach`] and [`inherit`] make. Its output is that of the future inside.
    ///
    /// ```
    /// use resilience::deadline::{self, Scoped};
    ///
    /// let refresh: Scoped<_> = deadline::detach(async { "done" });
    /// # drop(refresh);
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct Scoped<F> {
        deadline: Deadline,
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Deadline::After(length) = *this.deadline {
            *this.deadline = Deadline::Own(Limit::starting(clock::now(), length), limit());
        }
        let in_force = match *this.deadline {
            Deadline::Own(own, ref mut around) => {
                *around = limit().later(*around);
                own.nearer(*around)
            }
            Deadline::Fixed(fixed) => fixed,
            Deadline::After(_) => Limit::NONE,
        };
        let _entered = enter(in_force);
        this.future.poll(cx)
    }
}

impl<F> fmt::Debug for Scoped<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoped").finish_non_exhaustive()
    }
}
