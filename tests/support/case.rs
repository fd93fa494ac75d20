//! The two worlds that a case runs in.

use std::cell::RefCell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::time::Duration;

use resilience::clock::{self, Instant, ManualClock};
use resilience::{CircuitBreaker, CircuitBreakerStats, Fallback, Retry, Timeout};
use tokio::runtime::{Builder, Runtime};

use super::{Reply, Script, Step, message};

type Blocking = fn(&Script) -> Reply;
type Awaited = for<'a> fn(&'a Script) -> Pin<Box<dyn Future<Output = Reply> + Send + 'a>>;

thread_local! {
    static CLOCK: RefCell<Option<ManualClock>> = const { RefCell::new(None) };
}

/// Lets time pass in the sync world.
pub(crate) fn pass(delay: Duration) {
    CLOCK.with_borrow(|clock| match clock {
        Some(clock) => clock.advance(delay),
        // A worker thread has no stopped clock.
        None => std::thread::sleep(delay),
    });
}

/// Stops the clock of this thread, for tests that are sync by nature. Bodies move it.
pub(crate) fn stopped() -> Stopped {
    CLOCK.set(Some(clock::manual()));
    Stopped
}

#[must_use = "the clock runs again when this is dropped"]
pub(crate) struct Stopped;

impl Drop for Stopped {
    fn drop(&mut self) {
        CLOCK.set(None);
    }
}

/// A protected function in one world, with its script.
pub(crate) struct Case {
    pub(crate) script: Script,
    pub(crate) name: &'static str,
    world: World,
    began: Instant,
}

enum World {
    Sync(Blocking),
    Async(Awaited, Runtime),
}

/// Runs `test` in the sync world, then in the async one.
pub(crate) fn each(
    names: [&'static str; 2],
    steps: impl IntoIterator<Item = Step> + Clone,
    blocking: Blocking,
    awaited: Awaited,
    test: impl Fn(&Case),
) {
    let clock = stopped();
    // Seen when the test fails.
    println!("sync:");
    test(&Case::new(names[0], steps.clone(), World::Sync(blocking)));
    drop(clock);

    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let handle = runtime.handle().clone();
    let _entered = handle.enter();
    println!("async:");
    test(&Case::new(names[1], steps, World::Async(awaited, runtime)));
}

impl Case {
    fn new(name: &'static str, steps: impl IntoIterator<Item = Step>, world: World) -> Self {
        Self { script: Script::new(steps), name, world, began: clock::now() }
    }

    /// Calls the protected function.
    pub(crate) fn call(&self) -> Reply {
        self.call_with(&self.script)
    }

    /// Calls it with another script.
    pub(crate) fn call_with(&self, script: &Script) -> Reply {
        match &self.world {
            World::Sync(call) => call(script),
            World::Async(call, runtime) => runtime.block_on(call(script)),
        }
    }

    /// Calls it, with other steps for its body.
    pub(crate) fn play(&self, steps: impl IntoIterator<Item = Step>) -> Reply {
        self.script.then(steps);
        self.call()
    }

    /// Calls it, and the call panics: with this message.
    pub(crate) fn caught(&self) -> String {
        let panic = catch_unwind(AssertUnwindSafe(|| self.call())).expect_err("the call panics");
        message(&*panic).to_owned()
    }

    pub(crate) const fn is_async(&self) -> bool {
        matches!(self.world, World::Async(..))
    }

    /// How many times the body was called.
    pub(crate) fn calls(&self) -> usize {
        self.script.calls()
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, by: Duration) {
        match &self.world {
            World::Sync(_) => pass(by),
            World::Async(_, runtime) => runtime.block_on(tokio::time::advance(by)),
        }
    }

    /// The time since the case began.
    pub(crate) fn elapsed(&self) -> Duration {
        clock::now().since(self.began)
    }

    pub(crate) fn breaker(&self) -> CircuitBreaker {
        resilience::registry().circuit_breaker(self.name).unwrap()
    }

    pub(crate) fn breaker_stats(&self) -> CircuitBreakerStats {
        self.breaker().stats()
    }

    pub(crate) fn retry(&self) -> Retry {
        resilience::registry().retry(self.name).unwrap()
    }

    pub(crate) fn timeout(&self) -> Timeout {
        resilience::registry().timeout(self.name).unwrap()
    }

    /// The inner one of two.
    pub(crate) fn attempt_timeout(&self) -> Timeout {
        resilience::registry().timeout(&format!("{}/attempt", self.name)).unwrap()
    }

    pub(crate) fn fallback(&self) -> Fallback {
        resilience::registry().fallback(self.name).unwrap()
    }
}
