//! One line per second while the script runs, and a record of every change of state.

use std::time::Duration;

use resilience::{CircuitState, EventKind, Events, RecvError};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval_at};

use crate::readings::Reading;
use crate::script::Script;
use crate::traffic::{Customer, RATE, Tally};

const SECOND: Duration = Duration::from_secs(1);

/// A breaker changed its state.
pub struct Change {
    pub breaker: String,
    /// Counted from the beginning of the script.
    pub at: Duration,
    pub to: CircuitState,
}

/// The task that prints.
pub struct Live {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Vec<Change>>,
}

impl Live {
    /// Starts printing about the customers with and without attributes, in this order.
    pub fn start(script: Script, customers: [Customer; 2]) -> Self {
        let (stop, stopped) = oneshot::channel();
        // Subscribed here and not in the task: no change is missed.
        let events = resilience::registry().subscribe();
        Self { stop, task: tokio::spawn(print(script, customers, events, stopped)) }
    }

    /// Stops printing; the changes of state since the start.
    pub async fn stop(self) -> Vec<Change> {
        let _ = self.stop.send(());
        self.task.await.unwrap_or_default()
    }
}

async fn print(
    script: Script,
    customers: [Customer; 2],
    mut events: Events,
    mut stopped: oneshot::Receiver<()>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    // Half-way between two requests, so that each line counts whole ones.
    let mut seconds = interval_at(Instant::now() + SECOND + SECOND / RATE / 2, SECOND);
    let mut before = Second::read(&customers);
    println!("{:15}{:-^34}  {:-^35}  {:-^11}", "", " with attributes ", " breakers ", " without ");
    println!("  s phase      calls  ok retried rejected fallback  inventory pricing billing warehouse  failed wait");
    for number in 1.. {
        let last = tokio::select! {
            _ = seconds.tick() => false,
            _ = &mut stopped => true,
        };
        let now = Second::read(&customers);
        now.print(&before, number, script);
        before = now;
        collect(&mut events, script, &mut changes);
        if last {
            break;
        }
    }
    changes
}

/// Takes the waiting events; those that were lost only thin out the record.
fn collect(events: &mut Events, script: Script, changes: &mut Vec<Change>) {
    loop {
        match events.try_recv() {
            Ok(event) => {
                if let EventKind::StateChanged { to, .. } = event.kind() {
                    changes.push(Change { breaker: event.name().to_owned(), at: script.at(event.at()), to });
                }
            }
            Err(RecvError::Lagged(_)) => {}
            Err(_) => return,
        }
    }
}

/// Where things stand at the end of a second.
struct Second {
    reading: Reading,
    with: Tally,
    without: Tally,
}

impl Second {
    fn read([with, without]: &[Customer; 2]) -> Self {
        Self { reading: Reading::take(), with: with.tally(), without: without.tally() }
    }

    fn print(&self, before: &Self, number: u32, script: Script) {
        println!(
            "{:>3} {:<10} {:>5} {:>3} {:>7} {:>8} {:>8}  {:<9} {:<7} {:<7} {:<10} {:>6} {:>4}",
            number,
            // The phase in the middle of the second that is over.
            script.name(SECOND / 2),
            self.with.started - before.with.started,
            self.with.ok() - before.with.ok(),
            self.reading.retries - before.reading.retries,
            self.reading.rejected - before.reading.rejected,
            self.reading.fallbacks - before.reading.fallbacks,
            self.reading.state_of("inventory"),
            self.reading.state_of("pricing"),
            self.reading.state_of("billing"),
            self.reading.state_of("warehouse"),
            self.without.failed - before.without.failed,
            self.without.waiting(),
        );
    }
}
