//! What happens is counted and told, also where the user's code that is asked meanwhile panics.
#![allow(clippy::unwrap_used, reason = "clippy lets the helpers of a test unwrap only inside the test")]

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::super::{CircuitBreaker, CircuitBreakerBuilder};
use crate::core::event::{Bus, EventKind, Events};
use crate::core::policy::Policy;
use crate::core::state::CircuitState;
use crate::core::sync::{Arc, AtomicBool, Ordering};

const OPENED: EventKind = EventKind::StateChanged { from: CircuitState::Closed, to: CircuitState::Open };

/// A breaker, what is told of it, and what must live for that.
type Watched = (CircuitBreaker, Events, Arc<Bus>);

fn watched(builder: CircuitBreakerBuilder) -> Watched {
    let bus = Arc::new(Bus::new());
    let breaker = builder.failure_threshold(1).build().unwrap();
    breaker.observer().attach(&bus);
    let events = bus.subscribe();
    (breaker, events, bus)
}

fn panics(act: impl FnOnce()) -> &'static str {
    catch_unwind(AssertUnwindSafe(act)).unwrap_err().downcast_ref::<&'static str>().unwrap()
}

fn openings(breaker: &CircuitBreaker) -> u64 {
    breaker.totals().transitions.iter().filter(|(_, to, _, _)| *to == CircuitState::Open).map(|(.., times)| times).sum()
}

struct Wordless;

impl fmt::Display for Wordless {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no words")
    }
}

#[test]
fn an_opening_is_told_where_its_error_panics_when_it_is_put_into_words() {
    let (breaker, mut events, _bus) = watched(CircuitBreaker::builder("wordless"));
    assert_eq!(panics(|| breaker.try_acquire().unwrap().failure_with(&Wordless)), "no words");
    assert_eq!(events.try_recv().unwrap().kind, OPENED);
    assert_eq!((breaker.state(), breaker.stats().last_error, openings(&breaker)), (CircuitState::Open, None, 1));
}

/// A breaker whose function panics once it was built.
fn unlucky() -> Watched {
    let is_built = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&is_built);
    let watched = watched(CircuitBreaker::builder("unlucky").recovery_timeout_fn(move |_| {
        assert!(!asked.load(Ordering::Relaxed), "no time");
        Duration::from_secs(5)
    }));
    is_built.store(true, Ordering::Relaxed);
    watched
}

#[test]
fn an_opening_is_told_where_the_function_of_its_length_panics() {
    let (breaker, mut events, _bus) = unlucky();
    assert_eq!(panics(|| breaker.try_acquire().unwrap().failure()), "no time");
    assert_eq!(events.try_recv().unwrap().kind, OPENED);
    assert_eq!((breaker.state(), openings(&breaker)), (CircuitState::Open, 1));
}

#[test]
fn the_panic_of_a_body_stays_where_the_function_panics_as_well() {
    let (breaker, mut events, _bus) = unlucky();
    assert_eq!(panics(|| breaker.call(|| -> Option<()> { panic!("the body") }).unwrap_or(())), "the body");
    assert_eq!(events.try_recv().unwrap().kind, OPENED);
    assert_eq!(breaker.stats().last_error.as_deref(), Some("panicked"));
}
