//! How much load do retries add, and what do they save, when each request fails on its own with probability p?
//!
//! After M. Brooker's retry simulation (2022): 100 clients of 10 requests per second each, for 60 s; a round trip is two
//! times Exp(10 ms).

use std::time::Duration;

use resilience::retry::{Attempts, Step};
use resilience::{Budget, Retry};

use super::agenda::Agenda;
use super::contention::immediate;
use super::dice::Dice;

pub const CLIENTS: usize = 100;
const CALLS_PER_SECOND: f64 = 1_000.0;
/// What a call pays for. The reserve is the default: 10 retries per second on top.
pub const RATIO: f64 = 0.2;

pub const PROBABILITIES: [f64; 9] = [0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0];

/// In percent of the calls.
pub struct Outcome {
    pub success: f64,
    pub load: f64,
}

/// Three retries with unlimited means: success 1 - p⁴, load 1 + p + p² + p³.
pub fn expected(p: f64) -> Outcome {
    Outcome { success: 100.0 * (1.0 - p.powi(4)), load: 100.0 * (1.0 + p + p.powi(2) + p.powi(3)) }
}

enum Event {
    Call,
    Answer(usize),
    Again(usize),
}

/// The clients' retries, all on one budget if there is one.
pub fn run(p: f64, budgeted: bool, seconds: u64, seed: u64) -> Outcome {
    let mut agenda = Agenda::new(seed);
    let mut dice = Dice::new(seed);
    let budget = Budget::builder("shared").ratio(RATIO).build().expect("the ratio is within bounds");
    let client = |_| {
        let builder = immediate(Retry::builder("client").max_attempts(4));
        if budgeted { builder.budget(budget.clone()) } else { builder }.build().expect("the options are within bounds")
    };
    let clients: Vec<Retry> = (0..CLIENTS).map(client).collect();
    let mut calls: Vec<Attempts<'_>> = Vec::new();
    let (mut requests, mut successes) = (0_u32, 0_u32);
    agenda.after(dice.exponential(1.0 / CALLS_PER_SECOND), Event::Call);
    while let Some(event) = agenda.next() {
        let call = match event {
            Event::Call if agenda.now() >= Duration::from_secs(seconds) => continue,
            Event::Call => {
                agenda.after(dice.exponential(1.0 / CALLS_PER_SECOND), Event::Call);
                let client = (dice.unit() * CLIENTS as f64) as usize;
                calls.push(clients[client].start());
                calls.len() - 1
            }
            Event::Again(call) => call,
            Event::Answer(call) => {
                let outcome = if dice.happens(p) { Err("failed") } else { Ok(()) };
                successes += u32::from(outcome.is_ok());
                if let Step::Retry(delay) = calls[call].after(&outcome) {
                    agenda.after(delay, Event::Again(call));
                }
                continue;
            }
        };
        requests += 1;
        let round_trip = dice.exponential(0.010) + dice.exponential(0.010);
        agenda.after(round_trip, Event::Answer(call));
    }
    let percent = |count| 100.0 * f64::from(count) / calls.len() as f64;
    Outcome { success: percent(successes), load: percent(requests) }
}
