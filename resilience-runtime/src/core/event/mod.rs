//! What happened, told to whoever subscribed.

mod stream;

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::{Duration, SystemTime};

use tokio::sync::broadcast;

use crate::core::kind::PolicyKind;
use crate::core::name::Name;
use crate::core::opening::{OpenReason, Opening};
use crate::core::state::CircuitState;
use crate::core::sync::{Arc, AtomicU64, AtomicUsize, Ordering, Weak};
use stream::Waiting;

/// Something a policy did.
///
/// ```
/// use resilience::{EventKind, Fallback, Registry};
///
/// let registry = Registry::new();
/// let mut events = registry.subscribe();
/// let fallback = registry.register(Fallback::new("page"));
/// let _ = fallback.call(|| None, |_| Some("cached"));
///
/// let event = events.try_recv()?;
/// assert_eq!((event.name(), event.policy().as_str()), ("page", "fallback"));
/// assert!(matches!(event.kind(), EventKind::FellBack { ok: true, .. }));
/// println!("{:?}: {}", event.at(), event.name());
/// # Ok::<(), resilience::RecvError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Event {
    pub(crate) name: Name,
    pub(crate) policy: PolicyKind,
    pub(crate) kind: EventKind,
    pub(crate) at: SystemTime,
    /// What a circuit breaker opened by.
    pub(crate) opening: Option<Arc<Opening>>,
}

impl Event {
    /// The name of the policy.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The kind of policy.
    #[must_use]
    pub const fn policy(&self) -> PolicyKind {
        self.policy
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        self.kind.clone()
    }

    /// Why a circuit breaker opened, or would have: which rule, what it saw, and where its limit lies. `None` for
    /// everything else.
    ///
    /// ```
    /// use resilience::{CircuitBreaker, Registry};
    ///
    /// let registry = Registry::new();
    /// let mut events = registry.subscribe();
    /// let breaker = registry.register(CircuitBreaker::builder("jira_api").failure_threshold(1).build()?);
    /// breaker.try_acquire().unwrap().failure_with(&"connection refused");
    ///
    /// let event = events.try_recv().unwrap();
    /// assert_eq!(event.reason().unwrap().to_string(), "1 failure in a row (threshold 1)");
    /// assert_eq!(event.last_error(), Some("connection refused"));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[must_use]
    pub fn reason(&self) -> Option<OpenReason> {
        match &self.kind {
            EventKind::WouldOpen { reason } => Some(*reason),
            _ => Some(self.opening.as_ref()?.reason),
        }
    }

    /// The text of the error that opened a circuit breaker, cut at 256 characters. `None` where it was no error that did,
    /// and for everything else.
    #[must_use]
    pub fn last_error(&self) -> Option<&str> {
        self.opening.as_ref()?.error()
    }

    /// When it happened, by the wall clock.
    #[must_use]
    pub const fn at(&self) -> SystemTime {
        self.at
    }
}

/// What happened. More kinds and more fields may come: match with `..` and `_`.
///
/// ```
/// use resilience::{CircuitState, EventKind};
///
/// fn line(kind: &EventKind) -> Option<String> {
///     match kind {
///         EventKind::StateChanged { from, to } => Some(format!("{from} -> {to}")),
///         EventKind::Retried { attempt, delay, .. } => Some(format!("attempt {attempt} failed, next in {delay:?}")),
///         _ => None,
///     }
/// }
///
/// let opened = EventKind::StateChanged { from: CircuitState::Closed, to: CircuitState::Open };
/// assert_eq!(line(&opened).as_deref(), Some("closed -> open"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// A circuit breaker changed its state. Why one has opened say [`Event::reason`] and [`Event::last_error`].
    StateChanged {
        /// The state it left.
        from: CircuitState,
        /// The state it entered.
        to: CircuitState,
    },
    /// A rule of a circuit breaker that is on a dry run ([`metrics_only`](crate::CircuitBreaker::metrics_only)) is broken:
    /// it would have opened.
    WouldOpen {
        /// Which rule, what it saw, and where its limit lies.
        reason: OpenReason,
    },
    /// A call is tried again.
    #[non_exhaustive]
    Retried {
        /// The attempt that failed, counted from 1. One that looks at a half-open circuit again is told of each time.
        attempt: u32,
        /// The wait before the next one.
        delay: Duration,
        /// The error, as text: behind an attribute its `Display` form, or `Debug`, or the name of its type. A closure given
        /// to [`Retry::call`](crate::Retry::call) and its like has the text of strings, [`std::io::Error`], boxed errors
        /// and our own to offer, and else the name of the type; a [`Pipeline`](crate::Pipeline) has the name of the type,
        /// and [`again_after`](crate::retry::Attempts::again_after) and
        /// [`again_by`](crate::retry::Attempts::again_by), which see no error, have nothing. One that is longer than 256
        /// characters ends with `…` as the last of them: events that nobody reads must not keep much.
        error: String,
    },
    /// A policy let a call not through.
    #[non_exhaustive]
    Refused {
        /// How long it asks the caller to wait, where it knows.
        retry_after: Option<Duration>,
    },
    /// A limit passed before the body was done.
    #[non_exhaustive]
    TimedOut {
        /// The limit, as it was written.
        limit: Duration,
        /// What an outer deadline had left of it when the call began, where that was less.
        left: Option<Duration>,
    },
    /// A fallback stood in for a failed call.
    #[non_exhaustive]
    FellBack {
        /// Whether the fallback's own result is a success.
        ok: bool,
    },
    /// A function gives a policy options that differ from those the policy already works with.
    #[non_exhaustive]
    Conflict {
        /// Where the ignored options stand: `file:line`.
        origin: Name,
    },
}

/// How many events a subscriber may be behind before it loses the oldest.
const CAPACITY: usize = 1024;

/// The bounded fan-out of a registry. Sending never waits: a slow reader loses events and is told how many.
#[derive(Debug)]
pub(crate) struct Bus {
    sender: broadcast::Sender<Event>,
    // Read on every emission; asking the channel would take its lock.
    readers: Arc<AtomicUsize>,
    dropped: Arc<AtomicU64>,
    // Goes after the sender: who is woken must find that it is gone.
    streams: Streams,
}

/// Wakes those who wait when there is nothing left to wait for.
#[derive(Debug, Default)]
struct Streams(Arc<Waiting>);

impl Drop for Streams {
    fn drop(&mut self) {
        self.0.wake();
    }
}

impl Bus {
    pub(crate) fn new() -> Self {
        let sender = broadcast::Sender::new(CAPACITY);
        Self { sender, readers: Arc::default(), dropped: Arc::default(), streams: Streams::default() }
    }

    /// What a policy holds of it.
    pub(crate) fn line(self: &Arc<Self>) -> Line {
        Line { bus: Arc::downgrade(self), readers: Arc::clone(&self.readers) }
    }

    pub(crate) fn send(&self, event: Event) {
        // An error means that the last reader has just left.
        let _ = self.sender.send(event);
        self.streams.0.wake();
    }

    pub(crate) fn subscribe(&self) -> Events {
        self.readers.fetch_add(1, Ordering::Relaxed);
        let (readers, dropped) = (Arc::clone(&self.readers), Arc::clone(&self.dropped));
        let waiting = Arc::clone(&self.streams.0);
        Events { receiver: self.sender.subscribe(), readers, dropped, number: waiting.number(), waiting }
    }

    /// How many events readers were told they have lost.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

// The channel is tokio's, which does not say so: a panic in the middle of a call leaves nothing half-done in it, because
// it is only ever locked inside of `send` and `recv`. Every handle of a policy holds a line to it, and would otherwise
// need `AssertUnwindSafe`.
impl UnwindSafe for Bus {}
impl RefUnwindSafe for Bus {}

/// A policy's way to its registry's subscribers. It does not keep the registry alive: readers of one that is gone must
/// learn that nothing comes any more.
#[derive(Debug)]
pub(crate) struct Line {
    bus: Weak<Bus>,
    // Asked first: to upgrade writes to a count that all policies share.
    readers: Arc<AtomicUsize>,
}

impl Line {
    // Relaxed: a subscriber is promised the events that follow its subscription in its own order only.
    pub(crate) fn has_readers(&self) -> bool {
        self.readers.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn bus_with_readers(&self) -> Option<Arc<Bus>> {
        if self.has_readers() { self.bus.upgrade() } else { None }
    }
}

/// A subscription to the events of a registry: [`Registry::subscribe`](crate::Registry::subscribe).
///
/// Three ways to read: [`recv`](Self::recv) waits, [`try_recv`](Self::try_recv) does not, and it is a
/// [`Stream`](futures_core::Stream).
///
/// Up to 1024 events wait for a reader. One that lags further behind loses the oldest: it is told once how many, by
/// [`RecvError::Lagged`], and goes on with the oldest that is kept. No policy waits for a reader. What all readers have lost
/// is counted by `resilience_events_dropped_total`.
///
/// ```
/// use resilience::{CircuitBreaker, RecvError, Registry};
///
/// let registry = Registry::new();
/// let mut events = registry.subscribe();
/// assert_eq!(events.try_recv().unwrap_err(), RecvError::Empty);
///
/// registry.register(CircuitBreaker::builder("jira_api").build()?).force_open();
/// assert_eq!(events.try_recv().unwrap().name(), "jira_api");
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct Events {
    receiver: broadcast::Receiver<Event>,
    readers: Arc<AtomicUsize>,
    dropped: Arc<AtomicU64>,
    number: u64,
    waiting: Arc<Waiting>,
}

impl Events {
    /// The next event.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use resilience::{CircuitBreaker, Registry};
    ///
    /// let registry = Registry::new();
    /// let mut events = registry.subscribe();
    /// registry.register(CircuitBreaker::builder("jira_api").build()?).force_open();
    /// assert_eq!(events.recv().await?.name(), "jira_api");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`RecvError::Lagged`] when events were lost since the last call; the next call goes on with the oldest kept.
    /// [`RecvError::Closed`] when the last handle of the registry is gone: its policies are no longer heard then.
    ///
    /// # Cancel safety
    /// A dropped future loses no event.
    pub async fn recv(&mut self) -> Result<Event, RecvError> {
        self.receiver.recv().await.map_err(|error| match error {
            broadcast::error::RecvError::Lagged(missed) => self.lagged(missed),
            broadcast::error::RecvError::Closed => RecvError::Closed,
        })
    }

    /// The next event, if one is waiting.
    ///
    /// ```
    /// use resilience::{CircuitBreaker, Registry};
    ///
    /// let registry = Registry::new();
    /// let mut events = registry.subscribe();
    /// let breaker = registry.register(CircuitBreaker::builder("jira_api").build()?);
    /// breaker.force_open();
    /// breaker.reset();
    ///
    /// let mut seen = 0;
    /// while let Ok(event) = events.try_recv() {
    ///     assert_eq!(event.name(), "jira_api");
    ///     seen += 1;
    /// }
    /// assert_eq!(seen, 2);
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`RecvError::Empty`] when none is waiting, otherwise as [`recv`](Self::recv).
    pub fn try_recv(&mut self) -> Result<Event, RecvError> {
        self.receiver.try_recv().map_err(|error| match error {
            broadcast::error::TryRecvError::Lagged(missed) => self.lagged(missed),
            broadcast::error::TryRecvError::Closed => RecvError::Closed,
            broadcast::error::TryRecvError::Empty => RecvError::Empty,
        })
    }

    fn lagged(&self, missed: u64) -> RecvError {
        self.dropped.fetch_add(missed, Ordering::Relaxed);
        RecvError::Lagged(missed)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.readers.fetch_sub(1, Ordering::Relaxed);
        self.waiting.leave(self.number);
    }
}

/// Why there is no event.
///
/// ```
/// use resilience::{CircuitBreaker, RecvError, Registry};
///
/// let mut events = Registry::new().subscribe();
/// assert_eq!(events.try_recv().unwrap_err(), RecvError::Closed);
///
/// let registry = Registry::new();
/// let mut slow = registry.subscribe();
/// let breaker = registry.register(CircuitBreaker::builder("jira_api").build()?);
/// for _ in 0..1000 {
///     breaker.force_open();
///     breaker.force_closed();
/// }
/// assert_eq!(slow.try_recv().unwrap_err(), RecvError::Lagged(2000 - 1024));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecvError {
    /// No event is waiting. Only [`Events::try_recv`] says so.
    #[error("no event is waiting")]
    Empty,
    /// The reader was too slow: this many events were lost.
    #[error("{0} events were lost")]
    Lagged(u64),
    /// The registry is gone. Policies of it that live on are no longer heard.
    #[error("the registry is gone")]
    Closed,
}

#[cfg(all(test, resilience_loom))]
mod interleavings;
