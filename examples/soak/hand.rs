//! Whoever operates the program: forces states, reads everything, bounds the workers, watches events.

use std::time::{Duration, Instant};

use resilience::{CircuitBreaker, EventKind, Events, RecvError, registry, timeout};

use crate::{dice, play, traffic};

/// How often the operator does something.
const EVERY: Duration = Duration::from_millis(2);

/// How long fair weather lasts, and then a storm. By the clock and not by chance: the shortest run has seen both.
const SPELL: Duration = Duration::from_millis(400);

/// Meddles until the callers are told to leave.
pub fn meddle() {
    let (mut round, began) = (0_u64, Instant::now());
    while traffic::is_open() {
        round += 1;
        let stormy = began.elapsed().as_millis() / SPELL.as_millis() % 2 == 1;
        // A storm fails more calls than any breaker puts up with.
        play::set_weather(if stormy { 75 } else { 6 });
        if round % 200 == 1 {
            timeout::set_max_workers(usize::try_from(4 + dice::below(45)).unwrap_or(4));
        }
        if round % 20 == 1 {
            read();
        }
        let breakers = registry().circuit_breakers();
        if let Some(breaker) = breakers.get(usize::try_from(dice::below(breakers.len() as u64 + 1)).unwrap_or(0)) {
            force(breaker);
            std::thread::sleep(dice::time_below(EVERY));
            breaker.force_closed();
        }
        std::thread::sleep(EVERY);
    }
}

/// Leaves every breaker closed: an open one would change its state later, when somebody looks.
pub fn leave() {
    registry().circuit_breakers().iter().for_each(CircuitBreaker::force_closed);
}

fn force(breaker: &CircuitBreaker) {
    let may_disable = ["loose", "tenants["].iter().any(|name| breaker.name().starts_with(name));
    match dice::below(5) {
        0 => breaker.force_open(),
        1 => breaker.metrics_only(),
        2 => breaker.reset(),
        3 if may_disable => breaker.disable(),
        _ => breaker.force_closed(),
    }
}

/// Looks at everything there is to see, and for a moment at the events.
fn read() {
    let mut events = registry().subscribe();
    let documents = (
        serde_json::to_string(&registry().snapshot()),
        serde_json::to_string(&registry().health()),
        serde_json::to_string(&registry().summary()),
    );
    assert!(documents.0.is_ok() && documents.1.is_ok() && documents.2.is_ok(), "documents serialise");
    resilience::metrics::publish();
    while events.try_recv().is_ok() {}
}

/// What a subscriber was told from start to end.
#[derive(Debug, Default, Clone, Copy)]
pub struct Heard {
    pub missed: u64,
    pub changed: u64,
    pub refused: u64,
    pub timed_out: u64,
    pub fell_back: u64,
    pub retried: u64,
    pub conflicts: u64,
}

impl Heard {
    /// Listens until the callers are told to leave.
    pub async fn listen(&mut self, events: &mut Events) {
        while traffic::is_open() {
            // Time out, so that a quiet moment does not hide the end.
            if let Ok(told) = tokio::time::timeout(Duration::from_millis(50), events.recv()).await {
                self.told(told.map(|event| event.kind()));
            }
        }
    }

    /// Takes what is left.
    pub fn drain(&mut self, events: &mut Events) {
        loop {
            match events.try_recv() {
                Err(RecvError::Empty | RecvError::Closed) => return,
                told => self.told(told.map(|event| event.kind())),
            }
        }
    }

    pub const fn received(&self) -> u64 {
        self.changed + self.refused + self.timed_out + self.fell_back + self.retried
    }

    fn told(&mut self, told: Result<EventKind, RecvError>) {
        match told {
            Ok(EventKind::StateChanged { .. }) => self.changed += 1,
            Ok(EventKind::Refused { .. }) => self.refused += 1,
            Ok(EventKind::TimedOut { .. }) => self.timed_out += 1,
            Ok(EventKind::FellBack { .. }) => self.fell_back += 1,
            Ok(EventKind::Retried { .. }) => self.retried += 1,
            Ok(EventKind::Conflict { .. }) => self.conflicts += 1,
            Err(RecvError::Lagged(missed)) => self.missed += missed,
            // A kind that the soak knows nothing of, or silence.
            Ok(_) | Err(_) => {}
        }
    }
}
