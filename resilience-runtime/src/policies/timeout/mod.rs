//! Limits on how long a call may take.
//!
//! A timeout promises that its caller is free again when the limit has passed, whatever the body does. What becomes of
//! the body depends on the form:
//!
//! | form | at the limit | the body |
//! |---|---|---|
//! | async: [`Timeout::call_async`] | the caller gets [`Error::Timeout`](crate::Error::Timeout) | is dropped at its current `.await` |
//! | sync, `mode = thread`: [`Timeout::call_on_thread`] | the caller gets [`Error::Timeout`](crate::Error::Timeout) | runs on, abandoned, on its worker thread |
//! | sync, `mode = deadline`: [`Timeout::call`] | nothing; a late success becomes [`Error::Timeout`](crate::Error::Timeout), a late error stays | runs in place, and should watch [`deadline::remaining`](crate::deadline::remaining) |
//!
//! Limits nest. Each is enforced by the timeout that set it, at its own end, and counts and speaks of itself: an outer
//! limit that is the nearer drops what is inside, and the inner timeout counts a cancelled call. What is inside knows the
//! nearest one as the [ambient deadline](crate::deadline), whose page says whose it is and who is to blame when it passes.
//!
//! Nothing drops a sync call, so it looks at the ambient deadline itself: one that begins after it is refused without
//! running the body, and `mode = thread` waits no longer than until then. Its error tells the limit as it was written, and
//! what was left of it. In place, a body that is late for an outer limit only is done in time for its own, and the outer
//! timeout sees it late.
//!
//! An async limit counts from the first poll. What that poll takes before the body's first `.await`, or before somebody
//! asks for the deadline, comes on top, [`clock::lag`](crate::clock::lag) at most, usually 10 ms: no exact clock is asked
//! for a body that is ready at once. Under virtual time the limit is exact. The moment is watched by one thread of this crate, `resilience-timer`, under any
//! executor, with or without a tokio runtime; a wake-up is up to a millisecond late. A call that has ended leaves nothing
//! behind there. With `test-util` it is the timers of tokio that wait, where there is a runtime with time: a paused clock
//! moves them.
//!
//! # When not to use it
//!
//! An async body that never awaits cannot be dropped: move it to `tokio::task::spawn_blocking`. A sync body that
//! mutates what it shares is better served by `mode = deadline`, because an abandoned body keeps running. And where the
//! client of the dependency has a timeout of its own, set both: only the client can close the connection.
//!
//! # Options and defaults
//!
//! | option of `#[timeout]` | default | meaning |
//! |---|---|---|
//! | `duration`, or the value alone | required | the limit, longer than zero: [`TimeoutBuilder::duration`] |
//! | `config` | none | of the builder alone: options that several timeouts share, [`TimeoutConfig`] |
//! | `mode` | `thread` | of sync functions: `thread` or `deadline`, see above |
//! | `name` | the [name of the function](crate::Function::name); of the inner one of two timeouts, that with `/attempt` | what it counts under |
//!
//! A limit of zero, from an expression of an attribute, is taken as 1 ms, with one warning in the log. Worker threads:
//! at most 256 ([`set_max_workers`]), made on demand, gone after 10 s without work. The bodies of one function, known by the
//! name of its timeout, hold at most half of them ([`set_max_worker_share`]).
//!
//! # What can be seen
//!
//! | counter of [`TimeoutStats`] | event, at DEBUG in the log | when |
//! |---|---|---|
//! | `completed` | | the body was done in time, with whatever result; a panic counts here |
//! | `timed_out` | [`TimedOut`](crate::EventKind::TimedOut) | the limit passed |
//! | `cancelled` | | the caller, or an outer limit, dropped the future before either |
//! | `rejected` | [`Refused`](crate::EventKind::Refused) | of a sync call the ambient deadline had already passed, or no worker thread was to be had |
//! | `abandoned` | | bodies that run on, on worker threads, after their caller left: a gauge |
//!
//! | metric | type | labels |
//! |---|---|---|
//! | `resilience_timeout_calls_total` | counter | `name`, `timed_out` = true, false (`completed` and `cancelled`) |
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use resilience::{Error, Timeout};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), resilience::ConfigError> {
//! let timeout = Timeout::builder("search").duration(Duration::from_millis(20)).build()?;
//!
//! let slow = || async {
//!     tokio::time::sleep(Duration::from_secs(60)).await;
//!     Ok::<_, Error>("late")
//! };
//! let result = timeout.call_async(slow).await;
//!
//! assert!(matches!(result, Err(Error::Timeout(_))));
//! assert_eq!(timeout.stats().timed_out, 1);
//! # Ok(())
//! # }
//! ```

mod call;
mod config;
mod handle;
mod job;
mod limited;
mod loans;
mod pool;
mod shared_config;
mod stats;
mod term;
mod workers;

pub(crate) use call::{on_worker, within};
pub use config::TimeoutBuilder;
pub use handle::Timeout;
pub(crate) use limited::limit;
#[doc(hidden)]
pub use limited::{Inner, Limited, PlainValue, Returned, Splits};
pub use pool::WorkerStats;
pub use shared_config::TimeoutConfig;
pub use stats::TimeoutStats;
pub use workers::{set_max_worker_share, set_max_workers, workers};

#[cfg(test)]
mod tests;
