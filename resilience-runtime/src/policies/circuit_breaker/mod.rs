//! Circuit breakers: stop calling what keeps failing, and find out cheaply when it works again.
//!
//! A breaker counts the calls that pass. When a rule trips it opens and refuses calls at once, which spares both the
//! caller and the dependency. After the recovery timeout a few probes pass; if they succeed the breaker closes.
//!
//! Rules (any of them opens): consecutive failures or failures within a time; failure rate; share of slow calls; mean
//! latency. They are looked at when a call comes in that failed or took too long, and when `minimum_calls` is completed:
//! other successes can only make things better, and are just counted. So a success may open: the one that completes
//! `minimum_calls` while the rate is reached (as with resilience4j; with Polly only a failure opens). A window of time
//! slides by tenths of its length.
//!
//! Every transition empties the window and starts a generation: the result of a call that was admitted earlier changes
//! nothing any more. A probe that is dropped, or runs longer than the recovery timeout, frees its place; what a slow one
//! comes to still counts, as long as its half-open phase lasts.
//!
//! A call that is made inside of a probe of the same breaker, by recursion or through another function of the same name,
//! passes with it, and is not counted by itself: the probe reports for all. It is inside where it runs as part of the
//! probe's own call: across functions, awaits and (in `mode = thread`) worker threads; in a task that was spawned, or beside
//! the probe on the same thread, it is not.
//!
//! A call that is dropped by its caller is *cancelled*, neither success nor failure; one that had lasted
//! `slow_call_duration` enters the window as a slow call, and as a probe it has failed. One that a timeout of this crate
//! ends, in the same stack or of an annotated caller, is a failure if it had at least half of that limit when it began, and
//! so is a sync success that comes in after it; with less, others had used up the time: it is cancelled, or what it was. A
//! panic is a failure and goes on unwinding. A refused call is none.
//!
//! # States
//!
//! ```text
//!             a rule trips            recovery_timeout passes
//!   closed ─────────────────▶ open ─────────────────────────▶ half_open
//!     ▲                         ▲                              │    │
//!     │                         └──────── a probe fails ───────┘    │
//!     └──────────────── success_threshold probes succeed ───────────┘
//! ```
//!
//! An open breaker is half-open as soon as its time has passed, for whoever looks. The transition is made, and told, with
//! the next call: reading changes nothing. The `retry_after` of its refusals may be too long by the
//! [lag of the clock](crate::clock::lag), usually 10 ms: it is read from a clock that ticks with the kernel, unless the time
//! is nearly up. A half-open breaker whose probes are out says so, and its `retry_after` is the time until the place of the
//! oldest is free at the latest.
//!
//! A probe fails by its result, by being slow, or by exceeding `max_average_latency`. With a `half_open_failure_rate`,
//! `success_threshold` probes are judged together: failures that reach the rate reopen, as soon as they are in.
//!
//! Three states are entered, and left, by hand only: `forced_open` refuses every call, `disabled` passes every call and
//! records none, `metrics_only` passes and records every call and never opens: a dry run, which tells when it would. By hand
//! as well, and by itself on its way again: [`open`](CircuitBreaker::open), [`open_for`](CircuitBreaker::open_for),
//! [`half_open`](CircuitBreaker::half_open).
//!
//! # When not to use it
//!
//! * Where errors are the caller's own, such as a bad request: exclude them with `failure_if` or `ignore_if`, or one
//!   faulty caller opens the circuit for all.
//! * Where one name stands for several backends: the healthy ones are refused with the broken one. Use a `key`.
//! * Where the load is too high rather than the dependency broken: a breaker knows only all or nothing.
//! * As a view of a whole cluster: a breaker sees the calls of its own process.
//!
//! # Options and defaults
//!
//! | option of `#[circuit_breaker]`, method of [`CircuitBreakerBuilder`] | default | meaning |
//! |---|---|---|
//! | `name` | required | functions that name the same breaker share it |
//! | `failure_threshold` | 5; off when a rate or latency rule is given and `failure_window` is not | opens after so many failures in a row |
//! | `failure_window` | none | counts them within this time instead |
//! | `failure_rate` | off | opens at this share of failures in the window, 0 to 1 |
//! | `window` | 100 calls, or `minimum_calls` if that is more | what rates and latencies look at: a number of calls, or a time |
//! | `minimum_calls` | the window; 100 for a window of time | rates and latencies are silent below |
//! | `slow_call_duration` | off | a call that takes at least this long is slow, also one that its caller then drops |
//! | `slow_call_rate` | 1 | opens at this share of slow calls in the window, 0 to 1 |
//! | `max_average_latency` | off | opens above this mean latency in the window |
//! | `recovery_timeout` | 30 s, or `max_recovery_timeout` if that is given and shorter | how long it stays open before the first probe; or [a function](CircuitBreakerBuilder::recovery_timeout_fn) of how often in a row it has opened |
//! | `max_recovery_timeout` | `recovery_timeout` | the open time doubles with each failed probe, up to this |
//! | `half_open_max_calls` | 1 | probes at once |
//! | `success_threshold` | 1 | successful probes that close it |
//! | `half_open_failure_rate` | 0 | reopens at this share of failures among `success_threshold` probes, 0 to 1; at 0 with the first |
//! | `failure_if`, `ignore_if`, `failure_if_result` | every error is a failure | without attributes: [`CircuitBreaker::call_with`], [`CircuitBreaker::with`] |
//! | `none_is` | `failure` | what `None` means, or `success`. Without attributes: [`Lookup`](crate::Lookup) |
//! | `config` | none | of the builder alone: options that several breakers share, [`CircuitBreakerConfig`] |
//! | `key`, `max_keys` | none, 10 000 | one breaker per key: [`KeyedCircuitBreaker`] |
//!
//! # What can be seen
//!
//! | event | log level | when |
//! |---|---|---|
//! | [`StateChanged`](crate::EventKind::StateChanged) | WARN for `open` and `forced_open`, else INFO | on every transition; [`Event::reason`](crate::Event::reason) and [`Event::last_error`](crate::Event::last_error) say why it opened |
//! | [`WouldOpen`](crate::EventKind::WouldOpen) | WARN | a rule is broken in a dry run; again only after it was met |
//! | [`Refused`](crate::EventKind::Refused) | DEBUG | a call was refused |
//!
//! | metric | type | labels |
//! |---|---|---|
//! | `resilience_breaker_calls_total` | counter | `name`, `result` = success, failure, slow, ignored, rejected |
//! | `resilience_breaker_state` | gauge, 0 or 1 | `name`, `state` |
//! | `resilience_breaker_state_seconds_total` | counter | `name`, `state` |
//! | `resilience_breaker_transitions_total` | counter | `name`, `from`, `to`, `reason` |
//! | `resilience_breaker_would_open_total` | counter | `name`, `reason` |
//! | `resilience_breaker_failure_ratio`, `resilience_breaker_slow_ratio` | gauge, 0 to 1 | `name` |
//! | `resilience_breaker_window_calls` | gauge | `name` |
//! | `resilience_breaker_mean_latency_seconds` | gauge | `name` |
//!
//! [`CircuitBreaker::stats`] reads the same counts. Source of the pattern: M. Nygard, *Release It!*; the rules are
//! those of resilience4j and Polly.
//!
//! # Examples
//!
//! ```
//! use resilience::{CircuitBreaker, CircuitState, Error};
//!
//! let breaker = CircuitBreaker::builder("jira_api").failure_threshold(2).build()?;
//! for _ in 0..2 {
//!     let _ = breaker.call(|| Err::<(), _>(std::io::Error::other("down")));
//! }
//! assert_eq!(breaker.state(), CircuitState::Open);
//!
//! let refused = breaker.call(|| -> Result<(), Error> { unreachable!("an open breaker does not run the body") });
//! assert!(matches!(refused, Err(Error::CircuitOpen(_))));
//! # Ok::<(), resilience::ConfigError>(())
//! ```

mod builder;
mod call;
mod config;
mod evidence;
mod hand;
#[cfg(all(test, resilience_loom))]
mod interleavings;
mod judge;
mod keyed;
mod machine;
mod permit;
mod probes;
mod quiet;
mod reason;
mod recovery;
mod shared_config;
mod slip;
mod stats;
mod step;
#[cfg(test)]
mod tests;
mod untold;
mod view;

use std::fmt;
use std::time::Duration;

pub use builder::{CircuitBreakerBuilder, DEFAULT_FAILURE_THRESHOLD, DEFAULT_RECOVERY_TIMEOUT, DEFAULT_WINDOW};
pub(crate) use config::Config;
pub use keyed::{DEFAULT_MAX_KEYS, KeyedCircuitBreaker};
#[doc(hidden)]
pub use permit::Pass;
pub use permit::Permit;
pub use shared_config::CircuitBreakerConfig;
pub(crate) use stats::BreakerTotals;
pub use stats::CircuitBreakerStats;

use crate::core::clock;
use crate::core::kind::PolicyKind;
use crate::core::name::Name;
use crate::core::observe::Observer;
pub use crate::core::opening::OpenReason;
use crate::core::opening::Openings;
use crate::core::policy::Policy;
use crate::core::state::CircuitState;
use crate::core::sync::{Arc, AtomicBool, AtomicU64, Mutex};
pub use crate::core::window::Window;
use machine::Machine;
use stats::Counters;
use step::gate;
use untold::Untold;
use view::View;

/// A circuit breaker. Clones share one state. The rules are on [the module's page](self).
///
/// ```
/// use resilience::{CircuitBreaker, CircuitState, Error};
///
/// let breaker = CircuitBreaker::builder("jira_api").build()?;
/// assert_eq!(breaker.call(|| Ok::<_, Error>("page")), Ok("page"));
///
/// let same = breaker.clone();
/// assert_eq!((same.name(), same.state(), same.stats().total_successes), ("jira_api", CircuitState::Closed, 1));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct CircuitBreaker(Arc<Core>);

struct Core {
    /// Shared by the keys of a family.
    config: Arc<Config>,
    observer: Observer,
    machine: Mutex<Machine>,
    /// Twice the generation while calls pass unconditionally, plus one while successes are only counted;
    /// [`step::GUARDED`] while the machine must be asked. A closed breaker admits without its lock.
    gate: AtomicU64,
    /// What the options come to for every call.
    times_all: bool,
    long_from: Duration,
    has_slots: bool,
    /// Until when the breaker refuses, in nanoseconds; 0 when the machine must be asked.
    open_until: AtomicU64,
    /// For how long it does.
    open_for: AtomicU64,
    openings: Openings,
    /// Set by hand, and to be kept.
    by_hand: AtomicBool,
    untold: Untold,
    counters: Counters,
    /// The counts of the family that a keyed breaker belongs to; they outlive it.
    family: Option<Arc<Counters>>,
}

impl CircuitBreaker {
    /// A builder with the defaults: five failures in a row open, for 30 s.
    pub fn builder(name: impl Into<Name>) -> CircuitBreakerBuilder {
        CircuitBreakerBuilder::new(name.into())
    }

    fn new(name: Name, config: Config) -> Self {
        Self::of(Observer::new(PolicyKind::CircuitBreaker, name), Arc::new(config), None)
    }

    fn of(observer: Observer, config: Arc<Config>, family: Option<Arc<Counters>>) -> Self {
        let now = clock::now();
        let mut machine = Machine::new(&config, now);
        let gate = AtomicU64::new(gate(&mut machine, &config, now));
        let counters = if family.is_some() { Counters::of_member() } else { Counters::new() };
        Self(Arc::new(Core {
            family,
            machine: Mutex::new(machine),
            gate,
            times_all: config.needs_latency(),
            long_from: config.long_from(),
            has_slots: matches!(config.window, Window::Time(_)),
            open_until: AtomicU64::new(0),
            open_for: AtomicU64::new(0),
            openings: Openings::new(observer.name()),
            by_hand: AtomicBool::new(false),
            untold: Untold::default(),
            counters,
            observer,
            config,
        }))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.observer.name().as_str()
    }

    /// The state now. An open breaker whose recovery timeout has passed is half-open.
    ///
    /// Reading changes nothing, here as in [`stats`](Self::stats), `{:?}`, snapshots, health and metrics: that an open
    /// breaker has become half-open is told, as an event and a transition, with the next call.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::{CircuitBreaker, Registry};
    ///
    /// let registry = Registry::new();
    /// let breaker = CircuitBreaker::builder("jira_api").failure_threshold(1).recovery_timeout(Duration::from_nanos(1));
    /// let breaker = registry.register(breaker.build()?);
    /// breaker.try_acquire().unwrap().failure();
    /// let mut events = registry.subscribe();
    ///
    /// std::thread::sleep(Duration::from_millis(1));
    /// assert_eq!(breaker.state().as_str(), "half_open");
    /// assert!(events.try_recv().is_err());
    ///
    /// breaker.try_acquire().unwrap().success();
    /// assert!(events.try_recv().is_ok());
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[must_use]
    pub fn state(&self) -> CircuitState {
        self.look(|machine, _, now| machine.state_at(now))
    }

    /// A reading of all counts, for the lifetime of the breaker, and of the current window.
    #[must_use]
    pub fn stats(&self) -> CircuitBreakerStats {
        let view = self.view();
        let opening = self.0.openings.current().filter(|_| view.state.refuses());
        self.0.counters.stats(&self.0.config, &view, opening.as_deref())
    }

    pub(crate) fn totals(&self) -> BreakerTotals {
        let view = self.view();
        self.0.counters.totals(Some(&view))
    }

    fn view(&self) -> View {
        self.look(|machine, config, now| machine.view(config, now))
    }
}

impl Policy for CircuitBreaker {
    type Config = Config;
    const KIND: PolicyKind = PolicyKind::CircuitBreaker;

    fn observer(&self) -> &Observer {
        &self.0.observer
    }

    fn config(&self) -> &Config {
        &self.0.config
    }
}

impl fmt::Debug for CircuitBreaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreaker").field("name", &self.name()).field("state", &self.state()).finish()
    }
}
