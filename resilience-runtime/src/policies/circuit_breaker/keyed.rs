//! A family of breakers, one per endpoint, tenant or user.

use std::fmt::{self, Display};
use std::time::Duration;

use super::stats::Counters;
use super::step::GUARDED;
use super::{BreakerTotals, CircuitBreaker, CircuitBreakerBuilder, Config};
use crate::core::clock::{self, Instant};
use crate::core::error::ConfigError;
use crate::core::keyed::Keyed;
use crate::core::kind::PolicyKind;
use crate::core::name::Name;
use crate::core::observe::Observer;
use crate::core::policy::Policy;
use crate::core::state::CircuitState;
use crate::core::sync::{Arc, Mutex, Ordering};

/// How many keys a family holds at most, unless told otherwise: 10 000. The `max_keys` of an attribute.
pub const DEFAULT_MAX_KEYS: usize = 10_000;

/// A key that was not used for this long is forgotten.
const IDLE: Duration = Duration::from_secs(600);

/// Circuit breakers with the same options, one per key: `#[circuit_breaker(key = ..)]`.
///
/// The number of keys is bounded, so that keys that an attacker makes up cost bounded memory: about 1 kB each,
/// whatever the number of threads that call. Idle keys, not used for ten
/// minutes, are forgotten. Where a place is needed, the least recently used of a few keys goes, and one that is busy only
/// if all of them are. A key is busy while its breaker refuses calls (not longer than its recovery timeout, whenever it
/// was used last), while a probe is out, and while it is in a state set by hand. Clones share their breakers.
///
/// In the health and the summary of a registry a family is one circuit: see [`KeysByState`](crate::KeysByState).
///
/// ```
/// use resilience::{CircuitBreaker, KeyedCircuitBreaker};
///
/// let warehouses = KeyedCircuitBreaker::new(CircuitBreaker::builder("warehouse").failure_threshold(1), 100)?;
/// warehouses.get(&"berlin").force_open();
/// assert_eq!(warehouses.get(&"oslo").name(), "warehouse[oslo]");
/// assert_eq!((warehouses.name(), warehouses.len(), warehouses.max_keys()), ("warehouse", 2, 100));
///
/// let open = warehouses.instances().into_iter().filter(|breaker| breaker.state().as_str() == "forced_open");
/// assert_eq!(open.count(), 1);
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct KeyedCircuitBreaker(Arc<Family>);

struct Family {
    observer: Observer,
    config: KeyedConfig,
    breakers: Keyed<CircuitBreaker>,
    counters: Arc<Counters>,
    /// The time in each state that forgotten keys had spent.
    retired_seconds: Mutex<[f64; CircuitState::ALL.len()]>,
}

/// The options of a family.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeyedConfig {
    each: Arc<Config>,
    max_keys: usize,
}

impl KeyedCircuitBreaker {
    /// A family of at most `max_keys` breakers with the options of `each`. Its name is that of the builder.
    ///
    /// # Errors
    /// As [`CircuitBreakerBuilder::build`], and when `max_keys` is 0.
    ///
    /// ```
    /// use resilience::circuit_breaker::DEFAULT_MAX_KEYS;
    /// use resilience::{CircuitBreaker, KeyedCircuitBreaker};
    ///
    /// let each = CircuitBreaker::builder("warehouse");
    /// assert!(KeyedCircuitBreaker::new(each.clone(), 0).is_err());
    /// assert!(KeyedCircuitBreaker::new(each, DEFAULT_MAX_KEYS)?.is_empty());
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn new(each: CircuitBreakerBuilder, max_keys: usize) -> Result<Self, ConfigError> {
        match Self::clamped(each, max_keys) {
            (family, None) => Ok(family),
            (_, Some(error)) => Err(error),
        }
    }

    pub(crate) fn clamped(each: CircuitBreakerBuilder, mut max_keys: usize) -> (Self, Option<ConfigError>) {
        let (name, each, mut error) = each.checked();
        let mut check = crate::core::check::Check::new(PolicyKind::CircuitBreaker, &name);
        check.replace("max_keys", &mut max_keys, |keys| *keys == 0, 1, "at least 1");
        error = error.or(check.finish());
        let family = Self(Arc::new(Family {
            observer: Observer::new(PolicyKind::CircuitBreaker, name),
            config: KeyedConfig { each: Arc::new(each), max_keys },
            breakers: Keyed::new(max_keys, IDLE),
            counters: Arc::new(Counters::new()),
            retired_seconds: Mutex::default(),
        }));
        (family, error)
    }

    /// The name of the family.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.observer.name().as_str()
    }

    /// The breaker of `key`, made when the key is new. Its name is `name[key]`. Keys are the same when their `Display`
    /// text is.
    ///
    /// ```
    /// # use resilience::{CircuitBreaker, KeyedCircuitBreaker};
    /// # let tenants = KeyedCircuitBreaker::new(CircuitBreaker::builder("tenant"), 100)?;
    /// tenants.get(&7).force_open();
    /// assert_eq!(tenants.get("7").state().as_str(), "forced_open");
    /// assert_eq!(tenants.get(&8).state().as_str(), "closed");
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[must_use]
    pub fn get<K: Display + ?Sized>(&self, key: &K) -> CircuitBreaker {
        let (family, now) = (&*self.0, clock::now());
        family.breakers.get_or_insert_with(
            key,
            now,
            |key| {
                let name = Name::from(format!("{}[{key}]", family.observer.name()));
                let observer = family.observer.member(name);
                CircuitBreaker::of(observer, Arc::clone(&family.config.each), Some(Arc::clone(&family.counters)))
            },
            |breaker| is_busy(breaker, now),
            |forgotten| self.retire(forgotten),
        )
    }

    fn retire(&self, breaker: &CircuitBreaker) {
        let spent = breaker.view().seconds_in;
        for (total, seconds) in self.0.retired_seconds.lock().iter_mut().zip(spent) {
            *total += seconds;
        }
    }

    /// The breakers of the keys in use, in no order. Idle keys are forgotten first, unless their breaker is busy.
    ///
    /// ```
    /// # use resilience::{CircuitBreaker, KeyedCircuitBreaker};
    /// # let tenants = KeyedCircuitBreaker::new(CircuitBreaker::builder("tenant"), 100)?;
    /// let first = tenants.get(&7);
    /// assert_eq!(tenants.instances()[0].name(), first.name());
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[must_use]
    pub fn instances(&self) -> Vec<CircuitBreaker> {
        // Reading must not steer: an open breaker goes on refusing until its time has passed, which bounds it, and a
        // state set by hand stays until a hand changes it.
        let now = clock::now();
        self.0.breakers.sweep(now, |breaker| is_busy(breaker, now), |forgotten| self.retire(forgotten));
        self.0.breakers.values()
    }

    /// Forgets a key, whatever state its breaker is in, and returns that breaker. The counts of the family keep what it has
    /// counted; who uses the key next begins with a new breaker.
    ///
    /// ```
    /// # use resilience::{CircuitBreaker, KeyedCircuitBreaker};
    /// # let tenants = KeyedCircuitBreaker::new(CircuitBreaker::builder("tenant"), 100)?;
    /// tenants.get(&7).force_open();
    /// assert!(tenants.remove(&7).is_some() && tenants.remove(&7).is_none());
    /// assert_eq!(tenants.get(&7).state().as_str(), "closed");
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    pub fn remove<K: Display + ?Sized>(&self, key: &K) -> Option<CircuitBreaker> {
        self.0.breakers.remove(key).inspect(|forgotten| self.retire(forgotten))
    }

    /// Forgets the key whose breaker is called `name`.
    pub(crate) fn remove_named(&self, name: &str) -> Option<CircuitBreaker> {
        let text = name.strip_prefix(self.name())?.strip_prefix('[')?.strip_suffix(']')?;
        self.0.breakers.remove_text(text).inspect(|forgotten| self.retire(forgotten))
    }

    /// How many keys are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.breakers.len()
    }

    /// Whether no key is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many keys may be held.
    #[must_use]
    pub fn max_keys(&self) -> usize {
        self.0.config.max_keys
    }

    /// How many failures open one of the breakers, where they are counted, and how many probes close it.
    pub(crate) fn thresholds(&self) -> (Option<u32>, u32) {
        let each = &self.0.config.each;
        (each.failure_threshold, each.success_threshold)
    }

    /// The counts of the whole family, forgotten keys included.
    pub(crate) fn totals(&self) -> BreakerTotals {
        let mut totals = self.0.counters.totals(None);
        // First the idle keys are retired, then what retired ones had spent is read, then the others are listed: a key
        // that goes meanwhile is missed once, which the next reading makes good. Twice would be too much for ever.
        drop(self.instances());
        totals.seconds_in = *self.0.retired_seconds.lock();
        for breaker in self.0.breakers.values() {
            for (total, seconds) in totals.seconds_in.iter_mut().zip(breaker.view().seconds_in) {
                *total += seconds;
            }
        }
        totals
    }
}

/// Whether a breaker is worth its place: it refuses calls now, waits for a probe, or was set by hand. One whose recovery
/// timeout has passed lets the next call through, as a new one would.
// Relaxed: a moment's error costs one key its history.
fn is_busy(breaker: &CircuitBreaker, now: Instant) -> bool {
    let core = &*breaker.0;
    let waits = || core.machine.lock().busy_until(&core.config).is_some_and(|until| now < until);
    breaker.is_by_hand() || (core.gate.load(Ordering::Relaxed) == GUARDED && waits())
}

impl Policy for KeyedCircuitBreaker {
    type Config = KeyedConfig;
    const KIND: PolicyKind = PolicyKind::CircuitBreaker;

    fn observer(&self) -> &Observer {
        &self.0.observer
    }

    fn config(&self) -> &KeyedConfig {
        &self.0.config
    }
}

impl fmt::Debug for KeyedCircuitBreaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedCircuitBreaker").field("name", &self.name()).field("keys", &self.len()).finish()
    }
}
