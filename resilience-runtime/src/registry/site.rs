//! Policies of annotated functions find their place: read from the inventory, or resolved at the first call.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::conflict::Origin;
use super::{Inner, Registry, Shelves, Source};
use crate::core::error::ConfigError;
use crate::core::name::Name;
use crate::function::{Function, Registrar};
use crate::policies::budget::Budget;
use crate::policies::circuit_breaker::{CircuitBreaker, CircuitBreakerBuilder, KeyedCircuitBreaker};
use crate::policies::fallback::Fallback;
use crate::policies::retry::{Retry, RetryBuilder};
use crate::policies::timeout::Timeout;

thread_local! {
    /// This thread reads the inventory. An option expression may look into the registry; it sees what is there.
    static MATERIALISING: Cell<bool> = const { Cell::new(false) };
}

/// How long a reader waits for the one that takes in the inventory. Expressions take no time; one that waits for this
/// very reader would make the two wait for ever.
const PATIENCE: Duration = Duration::from_secs(1);

/// This thread takes in the inventory; also when it ends in a panic, of a log subscriber, the next one may.
struct Reading<'a>(&'a Inner);

impl<'a> Reading<'a> {
    fn begin(inner: &'a Inner) -> Self {
        MATERIALISING.set(true);
        Self(inner)
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        MATERIALISING.set(false);
        *self.0.reading.lock() = false;
        self.0.was_read.notify_all();
    }
}

/// One function that brings its policies.
pub(crate) struct Site {
    registry: Registry,
    function: &'static Function,
    /// Whether the function is being called. Conflicts and wrong values are warned of then: who only reads the
    /// inventory of a large program does not want to hear of functions that are never called.
    aloud: bool,
}

impl Registry {
    /// The call site of `function`, at its first call.
    pub(crate) fn site(&self, function: &'static Function) -> Site {
        Site { registry: self.clone(), function, aloud: true }
    }

    /// Every access for reading comes through here: the first one takes in the policies that functions declare.
    pub(super) fn read(&self) -> &Shelves {
        if let Some(source) = self.0.source.filter(|_| self.0.materialised.get().is_none() && !MATERIALISING.get()) {
            self.materialise(source);
        }
        &self.0.shelves
    }

    fn materialise(&self, source: Source) {
        let inner = &*self.0;
        {
            let mut reading = inner.reading.lock();
            if *reading {
                drop(inner.was_read.wait_timeout_while(reading, PATIENCE, |reading| *reading));
                return;
            }
            if inner.materialised.get().is_some() {
                return;
            }
            *reading = true;
        }
        // No lock from here on: the options are the user's expressions.
        let _reading = Reading::begin(inner);
        for function in source() {
            self.declare(function);
        }
        let _ = inner.materialised.set(());
    }

    fn declare(&self, function: &'static Function) {
        let site = Site { registry: self.clone(), function, aloud: false };
        // The options are the user's expressions. One that panics must not take a health check with it: its function
        // is left out until it is called.
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| function.register(&site))) {
            let (name, message) = (function.name(), message(&*panic));
            tracing::warn!(target: "resilience", function = name, message, "the options of this function panicked");
        }
    }

    /// The budget called `name`, with the default options if nobody has registered it with others.
    fn budget_named(&self, name: &Name, origin: Origin) -> Budget {
        let (budget, _) = Budget::builder(name).clamped();
        self.0.shelves.budgets.place(name, &budget, origin).policy
    }

    /// Lets a retry that names its budget share it with every other one that names it.
    pub(super) fn share_budget(&self, retry: Retry, origin: Origin) -> Retry {
        let Some(name) = retry.budget_name() else {
            return retry;
        };
        let budget = self.budget_named(name, origin);
        retry.drawing_on(budget)
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let literal = panic.downcast_ref::<&'static str>().copied();
    literal.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

impl Site {
    pub(crate) fn circuit_breaker(&self, builder: CircuitBreakerBuilder) -> CircuitBreaker {
        let (breaker, wrong) = builder.clamped();
        self.complain(wrong);
        let (registry, origin) = (&self.registry, self.origin());
        registry.note_other_shape(breaker.name(), |shelves| &shelves.keyed_circuit_breakers, origin, self.aloud);
        registry.place(|shelves| &shelves.circuit_breakers, breaker, origin, self.aloud)
    }

    pub(crate) fn keyed_circuit_breaker(&self, builder: CircuitBreakerBuilder, max_keys: usize) -> KeyedCircuitBreaker {
        let (family, wrong) = KeyedCircuitBreaker::clamped(builder, max_keys);
        self.complain(wrong);
        let (registry, origin) = (&self.registry, self.origin());
        registry.note_other_shape(family.name(), |shelves| &shelves.circuit_breakers, origin, self.aloud);
        registry.place(|shelves| &shelves.keyed_circuit_breakers, family, origin, self.aloud)
    }

    pub(crate) fn retry(&self, builder: RetryBuilder) -> Retry {
        let (retry, wrong) = builder.clamped(|name| self.registry.budget_named(&name, self.origin()));
        self.complain(wrong);
        self.registry.place(|shelves| &shelves.retries, retry, self.origin(), self.aloud)
    }

    /// The limit is no option of the policy: each call brings one. So there is nothing to be in conflict about.
    pub(crate) fn timeout(&self, name: &'static str) -> Timeout {
        let timeout = Timeout::named(name);
        self.registry.place_unchecked(|shelves| &shelves.timeouts, timeout, self.origin())
    }

    pub(crate) fn fallback(&self, name: &'static str) -> Fallback {
        let fallback = Fallback::new(name);
        self.registry.place_unchecked(|shelves| &shelves.fallbacks, fallback, self.origin())
    }

    const fn origin(&self) -> Origin {
        Origin::of(self.function)
    }

    /// The options behind an attribute are expressions, so a wrong value is only known at run time. It was moved to the
    /// nearest allowed one; a call must not fail for it.
    fn complain(&self, wrong: Option<ConfigError>) {
        if let Some(error) = wrong.filter(|_| self.aloud) {
            let (function, error) = (self.function.name(), error.to_string());
            tracing::warn!(target: "resilience", function, error, "a wrong option is replaced by the nearest allowed value");
        }
    }
}

impl Registrar for Site {
    fn circuit_breaker(&self, builder: CircuitBreakerBuilder) {
        self.circuit_breaker(builder);
    }

    fn keyed_circuit_breaker(&self, builder: CircuitBreakerBuilder, max_keys: usize) {
        self.keyed_circuit_breaker(builder, max_keys);
    }

    fn retry(&self, builder: RetryBuilder) {
        self.retry(builder);
    }

    fn timeout(&self, name: &'static str) {
        self.timeout(name);
    }

    fn fallback(&self, name: &'static str) {
        self.fallback(name);
    }
}
