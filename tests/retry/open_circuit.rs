//! `retry_on_open`: whoever waits for an open circuit is served when it closes.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::support::*;
use resilience::clock::{self, Instant};
use resilience::{CircuitBreaker, Pipeline, Retry, circuit_breaker, retry};
use tokio::task::JoinSet;

const CALLERS: u32 = 200;
const RECOVERY: Duration = secs(30);

/// A dependency that answers after 50 ms, and what it has seen.
#[derive(Default)]
struct Dependency {
    /// So many calls fail before all others succeed.
    failures: AtomicU32,
    running: AtomicU32,
    most_running: AtomicU32,
    /// Calls until the first success.
    probes: AtomicU32,
    well: AtomicU32,
}

impl Dependency {
    fn failing(failures: u32) -> Self {
        Self { failures: failures.into(), ..Self::default() }
    }

    async fn answer(&self) -> Reply {
        let running = self.running.fetch_add(1, Ordering::Relaxed) + 1;
        if self.well.load(Ordering::Relaxed) == 0 {
            self.most_running.fetch_max(running, Ordering::Relaxed);
            self.probes.fetch_add(1, Ordering::Relaxed);
        }
        tokio::time::sleep(millis(50)).await;
        self.running.fetch_sub(1, Ordering::Relaxed);
        let left = self.failures.load(Ordering::Relaxed);
        if left > 0 {
            self.failures.store(left - 1, Ordering::Relaxed);
            return Err(Failure::Status(500));
        }
        self.well.store(1, Ordering::Relaxed);
        Ok(1)
    }
}

macro_rules! waiting {
    ($($name:ident($($option:tt)*);)*) => {$(
        #[retry(retry_on_open = true, $($option)*)]
        #[circuit_breaker(name = concat!("retry::open_circuit::", stringify!($name)), failure_threshold = 1, recovery_timeout = "30s")]
        async fn $name(dependency: &Dependency) -> Reply {
            dependency.answer().await
        }
    )*};
}

waiting! {
    by_default();
    without_jitter(jitter = none);
    with_equal_jitter(jitter = equal);
    with_long_delays(base_delay = "5s", max_delay = "5s");
    with_short_delays(base_delay = "1us", max_delay = "1us");
    with_a_budget(budget = "retry::open_circuit::shared");
    failing_once(max_attempts = 4);
}

/// Opens the circuit, lets `CALLERS` come at any time while it is open, and tells who was served, and when the last was.
macro_rules! served {
    ($call:ident, $failures:expr) => {{
        let dependency: &'static Dependency = Box::leak(Box::new(Dependency::failing($failures)));
        let breaker =
            resilience::registry().circuit_breaker(concat!("retry::open_circuit::", stringify!($call))).unwrap();
        breaker.try_acquire().unwrap().failure();
        let opened = clock::now();
        let mut callers = JoinSet::new();
        for at in 0..CALLERS {
            callers.spawn(async move {
                // All at once, and one by one.
                let wait = if at % 2 == 0 { secs(1) } else { RECOVERY * at / CALLERS };
                tokio::time::sleep(wait).await;
                ($call(dependency).await, clock::now())
            });
        }
        let replies = callers.join_all().await;
        Served::new(opened, &replies, dependency)
    }};
}

#[derive(Debug)]
struct Served {
    callers: usize,
    last: Duration,
    probes_at_once: u32,
    probes: u32,
}

impl Served {
    fn new(opened: Instant, replies: &[(Reply, Instant)], dependency: &Dependency) -> Self {
        let served = replies.iter().filter(|(reply, _)| *reply == Ok(1));
        let last = served.clone().map(|(_, at)| at.since(opened)).max().unwrap_or_default();
        Self {
            callers: served.count(),
            last,
            probes_at_once: dependency.most_running.load(Ordering::Relaxed),
            probes: dependency.probes.load(Ordering::Relaxed),
        }
    }

    /// At least 95 % are served, soon, and the dependency is not stormed before it is known to be well.
    fn check(&self, by: Duration) {
        assert!(self.callers >= CALLERS as usize * 95 / 100, "{self:?}");
        assert!(self.last <= by, "{self:?}");
        assert_eq!(self.probes_at_once, 1, "{self:?}");
    }
}

/// The recovery timeout and a tenth, one look, one answer.
const SOON: Duration = millis(33_000 + 1_000 + 50 + 10);

#[tokio::test(start_paused = true)]
async fn who_waits_for_an_open_circuit_is_served_when_it_closes() {
    served!(by_default, 0).check(SOON);
    served!(without_jitter, 0).check(SOON);
    served!(with_equal_jitter, 0).check(SOON);
    served!(with_short_delays, 0).check(SOON);
    served!(with_long_delays, 0).check(secs(36));
}

/// The same without attributes: registered, so that the breaker is found by its name.
async fn by_hand(dependency: &Dependency) -> Reply {
    let (retry, breaker) = policies();
    Pipeline::new().layer(retry).layer(breaker).call_async(|| dependency.answer()).await
}

fn policies() -> (Retry, CircuitBreaker) {
    let registry = resilience::registry();
    let breaker = CircuitBreaker::builder("retry::open_circuit::by_hand").failure_threshold(1);
    let retry = Retry::builder("retry::open_circuit::by_hand").retry_on_open(true);
    (registry.register(retry.build().unwrap()), registry.register(breaker.build().unwrap()))
}

#[tokio::test(start_paused = true)]
async fn who_waits_in_a_pipeline_is_served_too() {
    policies();
    served!(by_hand, 0).check(SOON);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_circuit_is_not_paid_for_by_the_budget() {
    served!(with_a_budget, 0).check(SOON);
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_served_although_the_first_probe_fails() {
    let served = served!(failing_once, 1);
    served.check(SOON * 2);
    assert_eq!(served.probes, 2);
}
