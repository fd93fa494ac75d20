//! Does a service come back after an overload, or do its clients' retries keep it down?
//!
//! After M. Brooker's collapse simulation: a request takes the server 1 s and 10 ms for each request in flight, and it
//! works on when the client has gone. The network takes Exp(0.1 s) each way, clients wait 3 s and try three times.

mod world;

use std::time::Duration;

use resilience::{CircuitBreaker, Jitter, Retry, Window};

use super::contention::immediate;
use world::World;

/// Calls per second, without and during the overload.
pub const BASE_LOAD: f64 = 40.0;
pub const OVERLOAD: f64 = 80.0;
pub const SECONDS: usize = 120;
/// When the overload begins.
pub const BEGIN: usize = 20;

/// What a client protects itself with.
#[derive(Clone, Copy, PartialEq)]
pub struct Plan {
    pub name: &'static str,
    pub retries: Retries,
    pub budget: bool,
    pub breaker: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Retries {
    None,
    Immediate,
    /// Full jitter over 20 s, then over 40 s, as in the original.
    Backoff,
}

pub const PLANS: [Plan; 6] = [
    Plan { name: "no retry", retries: Retries::None, budget: false, breaker: false },
    Plan { name: "immediate", retries: Retries::Immediate, budget: false, breaker: false },
    Plan { name: "backoff + jitter", retries: Retries::Backoff, budget: false, breaker: false },
    Plan { name: "+ budget", retries: Retries::Backoff, budget: true, breaker: false },
    Plan { name: "+ breaker", retries: Retries::Backoff, budget: false, breaker: true },
    Plan { name: "all", retries: Retries::Backoff, budget: true, breaker: true },
];

impl Plan {
    fn retry(&self) -> Retry {
        let retry = Retry::builder("service").max_attempts(3);
        let retry = match self.retries {
            Retries::None => retry.max_attempts(1),
            Retries::Immediate => immediate(retry),
            Retries::Backoff => {
                let retry = retry.base_delay(Duration::from_secs(20)).max_delay(Duration::from_secs(40));
                retry.jitter(Jitter::Full)
            }
        };
        // One retry for ten calls, and the default reserve of ten per second.
        let retry = if self.budget { retry.budget(0.1) } else { retry };
        retry.build().expect("the options are within bounds")
    }

    fn breaker(&self) -> Option<CircuitBreaker> {
        let breaker = CircuitBreaker::builder("service")
            .failure_rate(0.5)
            .window(Window::Time(Duration::from_secs(10)))
            .minimum_calls(20)
            .recovery_timeout(Duration::from_secs(5))
            .half_open_max_calls(10)
            .success_threshold(10);
        self.breaker.then(|| breaker.build().expect("the options are within bounds"))
    }
}

/// Answers in time and requests per second of virtual time, means over the runs.
pub struct Curve {
    pub goodput: Vec<f64>,
    pub requests: Vec<f64>,
}

impl Curve {
    /// Mean goodput from one second to another.
    pub fn between(&self, from: usize, to: usize) -> f64 {
        self.goodput[from..to].iter().sum::<f64>() / (to - from) as f64
    }

    /// Seconds from `end` until 95 % of the base load are answered, over five seconds and over all the rest.
    pub fn back_after(&self, end: usize) -> Option<usize> {
        let is_back = |from, to| self.between(from, to) >= 0.95 * BASE_LOAD;
        (end..=SECONDS - 5).find(|at| is_back(*at, at + 5) && is_back(*at, SECONDS)).map(|at| at - end)
    }
}

/// The base load, but 80 calls per second for `overload` seconds from second 20 on.
pub fn run(plan: &Plan, overload: usize, runs: u32, seed: u64) -> Curve {
    let mut curve = Curve { goodput: vec![0.0; SECONDS], requests: vec![0.0; SECONDS] };
    for run in 0..runs {
        let retry = plan.retry();
        let world = World::new(&retry, plan, overload, seed.wrapping_add(u64::from(run) << 32));
        let once = world.run();
        for (sum, one) in curve.goodput.iter_mut().zip(once.goodput).chain(curve.requests.iter_mut().zip(once.requests))
        {
            *sum += one / f64::from(runs);
        }
    }
    curve
}
