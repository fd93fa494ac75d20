//! The body: it plays a list of outcomes and remembers when it was called.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use resilience::clock::{self, Instant};

use super::{Failure, Reply, case};

/// What one call of the body does.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    delay: Duration,
    act: Act,
}

#[derive(Debug, Clone)]
enum Act {
    Reply(Reply),
    Panic(&'static str),
}

pub(crate) const fn ok(value: u32) -> Step {
    Step { delay: Duration::ZERO, act: Act::Reply(Ok(value)) }
}

pub(crate) const fn fail(status: u16) -> Step {
    Step { delay: Duration::ZERO, act: Act::Reply(Err(Failure::Status(status))) }
}

/// A failure with a hint when to come back.
pub(crate) const fn hint(after: Duration) -> Step {
    Step { delay: Duration::ZERO, act: Act::Reply(Err(Failure::Busy(after))) }
}

/// A body that is not done within an hour.
pub(crate) const fn hang() -> Step {
    ok(0).after(Duration::from_secs(3600))
}

pub(crate) const fn panics(message: &'static str) -> Step {
    Step { delay: Duration::ZERO, act: Act::Panic(message) }
}

impl Step {
    pub(crate) const fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

/// A list of steps. The last one is repeated; clones are one script.
#[derive(Debug, Clone)]
pub(crate) struct Script(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    steps: Mutex<VecDeque<Step>>,
    began: Instant,
    starts: Mutex<Vec<Duration>>,
    running: AtomicU32,
    most_running: AtomicU32,
}

impl Script {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self(Arc::new(Inner {
            steps: Mutex::new(steps.into_iter().collect()),
            began: clock::now(),
            starts: Mutex::default(),
            running: AtomicU32::new(0),
            most_running: AtomicU32::new(0),
        }))
    }

    pub(crate) fn play(&self) -> Reply {
        let (step, _running) = self.begin();
        case::pass(step.delay);
        act(step.act)
    }

    pub(crate) async fn play_async(&self) -> Reply {
        let (step, _running) = self.begin();
        if !step.delay.is_zero() {
            tokio::time::sleep(step.delay).await;
        }
        act(step.act)
    }

    fn begin(&self) -> (Step, Running<'_>) {
        let mut steps = self.0.steps.lock().unwrap();
        let step = if steps.len() > 1 { steps.pop_front() } else { steps.front().cloned() };
        drop(steps);
        self.0.starts.lock().unwrap().push(clock::now().since(self.0.began));
        let running = self.0.running.fetch_add(1, Ordering::Relaxed) + 1;
        self.0.most_running.fetch_max(running, Ordering::Relaxed);
        (step.expect("a script has a step"), Running(self))
    }

    /// When the script was made.
    pub(crate) fn began(&self) -> Instant {
        self.0.began
    }

    /// Goes on with other steps.
    pub(crate) fn then(&self, steps: impl IntoIterator<Item = Step>) {
        *self.0.steps.lock().unwrap() = steps.into_iter().collect();
    }

    /// How many times the body was called.
    pub(crate) fn calls(&self) -> usize {
        self.0.starts.lock().unwrap().len()
    }

    /// When the body was called, from the start of the script.
    pub(crate) fn starts(&self) -> Vec<Duration> {
        self.0.starts.lock().unwrap().clone()
    }

    /// How many bodies run now, and how many did at most.
    pub(crate) fn running(&self) -> (u32, u32) {
        (self.0.running.load(Ordering::Relaxed), self.0.most_running.load(Ordering::Relaxed))
    }
}

struct Running<'a>(&'a Script);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

fn act(act: Act) -> Reply {
    match act {
        Act::Reply(reply) => reply,
        Act::Panic(message) => std::panic::panic_any(message),
    }
}
