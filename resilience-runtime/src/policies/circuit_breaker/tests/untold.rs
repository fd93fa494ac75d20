//! Transitions are told in the order in which they were made.

use std::sync::mpsc;

use super::super::CircuitBreaker;
use crate::core::event::{Bus, EventKind};
use crate::core::observe::warnings::listening;
use crate::core::policy::Policy;
use crate::core::state::CircuitState;
use crate::core::sync::{Arc, AtomicBool, Mutex, Ordering};

/// A log subscriber that is slow on the first transition after it was told to be, until it is let go.
#[derive(Clone)]
struct Slow {
    heard: Arc<AtomicBool>,
    reached: mpsc::Sender<()>,
    go: Arc<Mutex<Option<mpsc::Receiver<()>>>>,
}

impl tracing::Subscriber for Slow {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        self.heard.store(true, Ordering::Relaxed);
        if let Some(go) = self.go.lock().take() {
            self.reached.send(()).unwrap();
            go.recv().unwrap();
        }
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

fn breaker() -> CircuitBreaker {
    CircuitBreaker::builder("told").failure_threshold(1).build().unwrap()
}

impl Slow {
    /// Waits until the log is heard here. Another test may log for the first time at this very moment: a place in the
    /// code that is being registered misses a subscriber that comes meanwhile, until interests are asked again.
    fn listen(&self) {
        while !self.heard.load(Ordering::Relaxed) {
            tracing_core::callsite::rebuild_interest_cache();
            let _ = breaker().call(|| None::<()>);
        }
    }
}

#[test]
fn a_slow_listener_does_not_turn_the_order_around() {
    let bus = Arc::new(Bus::new());
    let mut events = bus.subscribe();
    let breaker = breaker();
    breaker.observer().attach(&bus);
    let (reached, at_listener) = mpsc::channel();
    let (go, gone) = mpsc::channel();
    let slow = Slow { heard: Arc::default(), reached, go: Arc::default() };
    std::thread::scope(|scope| {
        let opening = breaker.clone();
        scope.spawn(move || {
            listening(slow.clone(), || {
                slow.listen();
                *slow.go.lock() = Some(gone);
                opening.call(|| None::<()>)
            })
        });
        at_listener.recv().unwrap();
        breaker.force_closed();
        go.send(()).unwrap();
    });
    let told: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).map(|event| event.kind()).collect();
    let change = |from, to| EventKind::StateChanged { from, to };
    let (closed, open) = (CircuitState::Closed, CircuitState::Open);
    assert_eq!(told, [change(closed, open), change(open, closed)]);
}
