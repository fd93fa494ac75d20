//! Fallbacks: an answer for when there is none.
//!
//! A fallback stands in for a call that failed, in its own words: an older value, a default, another source. Its own
//! error replaces the original one. As the outermost layer it also answers for the refusals of the policies inside.
//!
//! # When not to use it
//!
//! * Where the caller cannot tell the stand-in from the real thing and must: return an error instead.
//! * Where the other source shares what failed: it fails at the same time, under more load.
//! * For a body that panics: a panic is no failure that a fallback sees; it goes on unwinding.
//!
//! # Options and defaults
//!
//! | option of `#[fallback]` | default | meaning |
//! |---|---|---|
//! | `path`, a closure, `value = ..`, `default` | required, one of them | what answers; `value` is the success value: `value = 1`, not `value = Ok(1)` |
//! | `when` | every error | `\|e: &E\| bool`: which errors it answers for |
//! | `when_result` | none | `\|v: &T\| bool`: which values it replaces; then it is given no error |
//! | `none_is` | `failure` | whether a `None` is replaced; with `success` it passes. Without attributes: [`Lookup`](crate::Lookup) |
//! | `clone(..)` | none | arguments that the body consumes and the fallback needs |
//! | `name` | the [name of the function](crate::Function::name) | what it counts under |
//!
//! Without attributes the answer is a closure of [`Fallback::call`], and `when` and `when_result` are the predicate of
//! [`Fallback::call_with`]. An answer that can only tell from the error whether it has one belongs to
//! [`Fallback::recover`]: it may hand the error back. What is left alone, or handed back, passes as it is, and the fallback
//! is not applied: it is in no count. As layers of a [`Pipeline`](crate::Pipeline) they are [`Fallback::with`],
//! [`Fallback::with_outcome`] and [`Fallback::with_recovery`].
//!
//! # What can be seen
//!
//! | event | log level | when |
//! |---|---|---|
//! | [`FellBack`](crate::EventKind::FellBack) | DEBUG | the fallback has answered, panicked, or was dropped by one of our timeouts |
//!
//! | metric | type | labels |
//! |---|---|---|
//! | `resilience_fallback_calls_total` | counter | `name`, `result` = success, failure, cancelled |
//!
//! [`Fallback::stats`] reads the same counts.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use resilience::{Error, Fallback, Timeout};
//!
//! let fallback = Fallback::new("page");
//! let timeout = Timeout::builder("page").duration(Duration::from_secs(2)).build()?;
//!
//! let page = fallback.call_with(
//!     |page: &Result<_, Error>| page.as_ref().is_err_and(Error::is_retryable),
//!     || timeout.call(|| Err(Error::rate_limited("upstream", None))),
//!     |_| Ok("yesterday's page"),
//! );
//! assert_eq!(page, Ok("yesterday's page"));
//! # Ok::<(), resilience::ConfigError>(())
//! ```

mod applied;
mod call;
mod recovery;

use std::fmt;

use serde::Serialize;

pub use applied::Applied;
pub use recovery::Recovery;

use crate::core::kind::PolicyKind;
use crate::core::name::Name;
use crate::core::observe::Observer;
use crate::core::policy::Policy;
use crate::core::stats::Counter;
use crate::core::sync::Arc;

/// A fallback. Clones share their counts. The rules are on [the module's page](self).
///
/// ```
/// use resilience::Fallback;
///
/// let fallback = Fallback::new("page");
/// let page = fallback.call(|| None, |_nothing| Some("cached"));
/// assert_eq!((page, fallback.name()), (Some("cached"), "page"));
/// ```
#[derive(Clone)]
pub struct Fallback(Arc<Inner>);

struct Inner {
    observer: Observer,
    successes: Counter,
    failures: Counter,
    cancelled: Counter,
}

/// A reading of a fallback: `stats()`. All counts only grow; calls that the fallback is not applied to are in none of
/// them.
///
/// ```
/// use resilience::Fallback;
///
/// let fallback = Fallback::new("page");
/// let _ = fallback.call(|| Err::<(), _>("down"), |_| Err("nothing cached"));
/// assert_eq!((fallback.stats().successes, fallback.stats().failures), (0, 1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FallbackStats {
    /// Calls that it was asked to answer for, and that are done: each is one of the next three.
    pub calls: u64,
    /// Calls that it answered with a success.
    pub successes: u64,
    /// Calls that it answered with a failure, and those in which it panicked or was dropped by one of our timeouts.
    pub failures: u64,
    /// Calls that their caller dropped while it ran.
    pub cancelled: u64,
}

impl Fallback {
    /// A fallback that counts under `name`. What it answers with is said at each call.
    #[must_use]
    pub fn new(name: impl Into<Name>) -> Self {
        Self(Arc::new(Inner {
            observer: Observer::new(PolicyKind::Fallback, name.into()),
            successes: Counter::new(),
            failures: Counter::new(),
            cancelled: Counter::new(),
        }))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.observer.name().as_str()
    }

    /// A reading of the counts.
    #[must_use]
    pub fn stats(&self) -> FallbackStats {
        let [successes, failures, cancelled] =
            [&self.0.successes, &self.0.failures, &self.0.cancelled].map(Counter::get);
        FallbackStats { calls: successes + failures + cancelled, successes, failures, cancelled }
    }
}

impl Policy for Fallback {
    // What a fallback does stands at its function; only the name is shared.
    type Config = ();
    const KIND: PolicyKind = PolicyKind::Fallback;

    fn observer(&self) -> &Observer {
        &self.0.observer
    }

    fn config(&self) -> &() {
        &()
    }
}

impl fmt::Debug for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fallback").field("name", &self.name()).finish_non_exhaustive()
    }
}
