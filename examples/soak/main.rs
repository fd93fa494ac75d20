//! Thousands of callers over shared and keyed policies, while everything goes wrong at once: failures, panics, hanging
//! bodies, callers that walk away, states forced by hand, workers taken away, options that differ from call to call, and
//! clocks that jump.
//!
//! `cargo run --release --example soak -- --seconds 30`. At the end everybody leaves, and the books must balance: what
//! the policies have counted against what callers and bodies saw. Ends with an error when a law does not hold. The laws
//! are in `laws.rs`, the protected functions in `services.rs`.

#![allow(unreachable_pub, reason = "a binary has no public interface: `pub` is what a module offers its siblings")]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the clock and lock bans keep the library testable; an application takes what std offers"
)]

mod dice;
mod exported;
mod hand;
mod jumps;
mod laws;
mod ledger;
mod memory;
mod options;
mod permits;
mod play;
mod report;
mod services;
mod traffic;

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use resilience::{Budget, registry, timeout};
use tokio::task::JoinSet;

use crate::hand::Heard;
use crate::laws::Run;
use crate::memory::Memory;
use crate::options::{Options, USAGE};
use crate::play::Planned;

/// How long callers may take to come to an end.
const LEAVING: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Options::parse(std::env::args().skip(1)) {
        Ok(options) if options.help => {
            println!("{USAGE}");
            Ok(())
        }
        Ok(options) => soak(options).await,
        Err(mistake) => Err(format!("{mistake}\n{USAGE}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn soak(options: Options) -> Result<(), String> {
    quieten_planned_panics();
    let started = Instant::now();
    let permits = permits::register()?;
    // Smaller than the default, so that it runs out.
    let budget = Budget::builder("soak").ratio(0.05).build().map_err(|error| error.to_string())?;
    registry().register(budget);
    let mut events = registry().subscribe();
    let (tasks, threads) = (options.tasks, options.threads);
    println!("{} s with {tasks} tasks and {threads} threads\n", options.length.as_secs());

    let mut callers = JoinSet::new();
    for _ in 0..tasks {
        callers.spawn(traffic::task(permits.clone()));
    }
    let mut others: Vec<_> = (0..threads)
        .map(|_| {
            let permits = permits.clone();
            thread::spawn(move || traffic::thread(&permits))
        })
        .collect();
    others.extend([jumps::paused, jumps::paused, jumps::by_hand, jumps::by_hand].map(thread::spawn));
    others.push(thread::spawn(hand::meddle));
    let listener = tokio::spawn(async move {
        let mut heard = Heard::default();
        heard.listen(&mut events).await;
        (heard, events)
    });

    let memory = Memory::watch(options.length).await;
    traffic::close();
    let leaving = Instant::now();
    tokio::time::timeout(LEAVING, async { while callers.join_next().await.is_some() {} })
        .await
        .map_err(|_| format!("{} tasks hang", callers.len()))?;
    until(leaving, || others.iter().all(thread::JoinHandle::is_finished), "threads hang").await?;
    for other in others {
        other.join().map_err(|_| "a thread panicked outside of a call")?;
    }
    // Bodies that run on after their caller left; without them a law says how many are missing.
    let _ = until(leaving, || timeout::workers().busy == 0, "").await;
    let (mut heard, mut events) = listener.await.map_err(|error| error.to_string())?;
    hand::leave();
    heard.drain(&mut events);

    let run = Run { took: started.elapsed(), moved: jumps::moved(), heard, memory };
    let laws = laws::all(&run);
    report::traffic(&run);
    match report::laws(&laws) {
        0 => {
            println!("\n{} laws hold", laws.len());
            Ok(())
        }
        violated => Err(format!("{violated} of {} laws are violated", laws.len())),
    }
}

async fn until(since: Instant, happened: impl Fn() -> bool, otherwise: &str) -> Result<(), String> {
    while !happened() {
        if since.elapsed() > LEAVING {
            return Err(otherwise.to_owned());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// A panic that belongs to the plan prints nothing; any other one does.
fn quieten_planned_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.payload().is::<Planned>() {
            usual(panic);
        }
    }));
}
