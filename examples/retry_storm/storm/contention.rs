//! How many writes do clients need who all change one row at once, each by reading it and writing if it is unchanged?
//!
//! After the simulator of the AWS Architecture Blog, "Exponential Backoff And Jitter" (2015): everybody starts at zero,
//! every message takes |N(10 ms, 2 ms)|.

use std::time::Duration;

use resilience::retry::{Attempts, Step};
use resilience::{Jitter, Retry, RetryBuilder, Strategy};

use super::agenda::Agenda;
use super::dice::Dice;

pub const CLIENTS: usize = 100;

/// A strategy and the number of writes that the original simulator counts.
pub struct Backoff {
    pub name: &'static str,
    pub expected: f64,
    options: fn(RetryBuilder) -> RetryBuilder,
}

/// The original's first delay is 5 ms · 2¹, ours is `base_delay`; its decorrelated delay starts from 5 ms.
const EXPONENTIAL_BASE: Duration = Duration::from_millis(10);
const BASE: Duration = Duration::from_millis(5);

pub const BACKOFFS: [Backoff; 5] = [
    Backoff { name: "none", expected: 2425.0, options: immediate },
    Backoff {
        name: "exponential",
        expected: 1851.0,
        options: |it| it.base_delay(EXPONENTIAL_BASE).jitter(Jitter::None),
    },
    Backoff {
        name: "equal jitter",
        expected: 812.0,
        options: |it| it.base_delay(EXPONENTIAL_BASE).jitter(Jitter::Equal),
    },
    Backoff {
        name: "full jitter",
        expected: 796.0,
        options: |it| it.base_delay(EXPONENTIAL_BASE).jitter(Jitter::Full),
    },
    Backoff {
        name: "decorrelated",
        expected: 1000.0,
        options: |it| it.base_delay(BASE).strategy(Strategy::Decorrelated),
    },
];

/// The shortest delay there is: one nanosecond.
pub(super) fn immediate(retry: RetryBuilder) -> RetryBuilder {
    retry.strategy(Strategy::Constant).base_delay(Duration::from_nanos(1)).jitter(Jitter::None)
}

/// Means over the runs.
pub struct Outcome {
    pub writes: f64,
    pub seconds: f64,
}

enum Event {
    Read(usize),
    Version(usize, u64),
    Write(usize, u64),
    Written(usize, bool),
}

pub fn run(backoff: &Backoff, runs: u32, seed: u64) -> Outcome {
    let (mut writes, mut seconds) = (0, 0.0);
    for run in 0..runs {
        let (more, took) = once(backoff, seed.wrapping_add(u64::from(run) << 32));
        writes += more;
        seconds += took.as_secs_f64();
    }
    Outcome { writes: f64::from(writes) / f64::from(runs), seconds: seconds / f64::from(runs) }
}

fn once(backoff: &Backoff, seed: u64) -> (u32, Duration) {
    let mut agenda = Agenda::new(seed);
    let mut dice = Dice::new(seed);
    let mut message = || dice.normal(0.010, 0.002);
    let builder = Retry::builder("row").max_attempts(u32::MAX).max_delay(Duration::from_secs(2));
    let retry = (backoff.options)(builder).build().expect("the options are within bounds");
    let mut clients: Vec<Attempts<'_>> = (0..CLIENTS).map(|_| retry.start()).collect();
    for client in 0..CLIENTS {
        agenda.after(message(), Event::Read(client));
    }
    let (mut version, mut writes) = (0, 0);
    while let Some(event) = agenda.next() {
        match event {
            Event::Read(client) => agenda.after(message(), Event::Version(client, version)),
            Event::Version(client, seen) => agenda.after(message(), Event::Write(client, seen)),
            Event::Write(client, seen) => {
                writes += 1;
                let unchanged = seen == version;
                version += u64::from(unchanged);
                agenda.after(message(), Event::Written(client, unchanged));
            }
            Event::Written(client, unchanged) => {
                let outcome = if unchanged { Ok(()) } else { Err("somebody was faster") };
                if let Step::Retry(delay) = clients[client].after(&outcome) {
                    agenda.after(delay + message(), Event::Read(client));
                }
            }
        }
    }
    (writes, agenda.now())
}
