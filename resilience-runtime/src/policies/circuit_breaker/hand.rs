//! What an operator may do to a breaker.

use std::time::Duration;

use super::CircuitBreaker;
use super::reason::Effect;
use super::step::no_words;
use crate::core::clock;
use crate::core::state::CircuitState;
use crate::core::sync::Ordering;

impl CircuitBreaker {
    /// Refuses every call until [`force_closed`](Self::force_closed) or [`reset`](Self::reset).
    ///
    /// ```
    /// # let breaker = resilience::CircuitBreaker::builder("jira_api").build()?;
    /// breaker.force_open();
    /// let refusal = breaker.try_acquire().unwrap_err();
    /// assert_eq!((refusal.name(), refusal.retry_after()), ("jira_api", None));
    ///
    /// breaker.force_closed();
    /// breaker.try_acquire().unwrap().success();
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn force_open(&self) {
        self.force(CircuitState::ForcedOpen);
    }

    /// Closes the breaker, whatever its state, with an empty window and the initial recovery timeout, as when its probes have
    /// succeeded. It goes on working by its rules: nothing holds it closed.
    ///
    /// A breaker that is closed already stays as it is, with the failures that it has counted, so that it does no harm to
    /// say so twice. To forget them as well there is [`reset`](Self::reset).
    ///
    /// ```
    /// # let breaker = resilience::CircuitBreaker::builder("jira_api").failure_threshold(2).build()?;
    /// breaker.force_open();
    /// breaker.force_closed();
    /// breaker.try_acquire().unwrap().failure();
    ///
    /// breaker.force_closed();
    /// assert_eq!((breaker.state().as_str(), breaker.stats().failure_count), ("closed", 1));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn force_closed(&self) {
        let now = clock::now();
        self.step(now, &no_words, |machine, config| ((), machine.force_closed(config, now).map(Effect::Changed)));
    }

    /// Passes every call and records nothing until [`force_closed`](Self::force_closed) or [`reset`](Self::reset).
    ///
    /// ```
    /// # let breaker = resilience::CircuitBreaker::builder("jira_api").failure_threshold(1).build()?;
    /// breaker.disable();
    /// breaker.try_acquire().unwrap().failure();
    /// assert_eq!((breaker.state().as_str(), breaker.stats().total_calls), ("disabled", 0));
    ///
    /// breaker.metrics_only();
    /// breaker.try_acquire().unwrap().failure();
    /// assert_eq!((breaker.state().as_str(), breaker.stats().total_calls), ("metrics_only", 1));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn disable(&self) {
        self.force(CircuitState::Disabled);
    }

    /// Passes and records every call and never opens, until [`force_closed`](Self::force_closed) or
    /// [`reset`](Self::reset): a dry run of the rules.
    ///
    /// Where a rule is broken, it is told that the breaker would open, by the event
    /// [`WouldOpen`](crate::EventKind::WouldOpen), a line in the log and the count `would_open`: once, and again only after
    /// the rules were met. Counts go on: `failure_count` passes the threshold.
    ///
    /// ```
    /// # let breaker = resilience::CircuitBreaker::builder("jira_api").failure_threshold(2).build()?;
    /// breaker.metrics_only();
    /// (0..3).for_each(|_| breaker.try_acquire().unwrap().failure());
    /// let stats = breaker.stats();
    /// assert_eq!((stats.state.as_str(), stats.failure_count, stats.would_open), ("metrics_only", 3, 1));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn metrics_only(&self) {
        self.force(CircuitState::MetricsOnly);
    }

    /// Back to the start, whatever the state: closed, with an empty window, the initial recovery timeout and no last
    /// failure. The results of calls that are under way change nothing any more. A breaker that is closed is reset as
    /// well, which [`force_closed`](Self::force_closed) would leave alone; nobody is told of that, as the state stays the
    /// same.
    ///
    /// The lifetime counts stay: counters that exporters have seen must not go back.
    ///
    /// ```
    /// # let breaker = resilience::CircuitBreaker::builder("jira_api").failure_threshold(2).build()?;
    /// let _ = breaker.call(|| Err::<(), _>(std::io::Error::other("down")));
    /// breaker.reset();
    /// let stats = breaker.stats();
    /// assert_eq!((stats.state.as_str(), stats.failure_count, stats.total_failures), ("closed", 0, 1));
    /// assert_eq!(stats.last_failure_time, None);
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn reset(&self) {
        let now = clock::now();
        self.step(now, &no_words, |machine, config| ((), Some(Effect::Changed(machine.reset(config, now)))));
    }

    /// Opens the breaker as if a rule had tripped: it refuses calls for the recovery timeout, then lets probes through and
    /// closes again if they succeed.
    ///
    /// One that is open already is opened anew: the time that is left is replaced, also by a shorter one, and the reason is
    /// `manual` from then on, with no error. Nobody is told, as the state stays the same.
    ///
    /// ```
    /// # let breaker = resilience::CircuitBreaker::builder("jira_api").build()?;
    /// use resilience::circuit_breaker::DEFAULT_RECOVERY_TIMEOUT;
    ///
    /// breaker.open();
    /// let stats = breaker.stats();
    /// assert_eq!((stats.state.as_str(), stats.reason.unwrap().rule()), ("open", "manual"));
    /// assert!(stats.retry_after <= Some(DEFAULT_RECOVERY_TIMEOUT));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn open(&self) {
        self.open_by_hand(None);
    }

    /// Like [`open`](Self::open), for this long: a dependency has said for how long it is away. Zero lets probes through at
    /// once, and more than a hundred years are a hundred years.
    ///
    /// ```
    /// # let breaker = resilience::CircuitBreaker::builder("jira_api").build()?;
    /// use std::time::Duration;
    ///
    /// breaker.open_for(Duration::from_secs(600));
    /// assert!(breaker.stats().retry_after > Some(Duration::from_secs(590)));
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn open_for(&self, length: Duration) {
        self.open_by_hand(Some(length));
    }

    pub(super) fn open_by_hand(&self, length: Option<Duration>) {
        let now = clock::now();
        self.step(now, &no_words, |machine, config| {
            ((), Some(Effect::Changed(machine.force_open_for(config, length, now))))
        });
        // One that was open already has not opened again.
        self.prepare(1);
    }

    /// Lets probes through now, whatever the state: they close the breaker, or open it.
    ///
    /// ```
    /// # let breaker = resilience::CircuitBreaker::builder("jira_api").build()?;
    /// breaker.force_open();
    /// breaker.half_open();
    /// let probe = breaker.try_acquire().unwrap();
    /// let refusal = breaker.try_acquire().unwrap_err();
    /// assert!(refusal.to_string().starts_with("circuit breaker `jira_api` is half-open, its probes are out"));
    ///
    /// probe.success();
    /// assert_eq!(breaker.state().as_str(), "closed");
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn half_open(&self) {
        self.force(CircuitState::HalfOpen);
    }

    pub(super) fn force(&self, to: CircuitState) {
        let now = clock::now();
        self.step(now, &no_words, |machine, config| ((), Some(Effect::Changed(machine.force(config, to, now)))));
    }

    /// Whether a hand has set a state that is not left by itself.
    pub(super) fn is_by_hand(&self) -> bool {
        self.0.by_hand.load(Ordering::Relaxed)
    }
}
