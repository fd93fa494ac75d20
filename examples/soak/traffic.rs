//! Callers: thousands of tasks and some threads, who wait, lose patience, or walk away without looking.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use resilience::CircuitBreaker;

use crate::ledger::Site;
use crate::play::Reply;
use crate::{dice, permits, services};

static CLOSING: AtomicBool = AtomicBool::new(false);

/// No caller makes another call.
pub fn close() {
    CLOSING.store(true, Ordering::Relaxed);
}

pub fn is_open() -> bool {
    !CLOSING.load(Ordering::Relaxed)
}

/// How long a caller thinks between two calls.
const PAUSE: Duration = Duration::from_millis(60);

/// How long an impatient caller waits.
const PATIENCE: Duration = Duration::from_millis(12);

/// Keys are more than a family has room for, and some are asked for more often than others.
fn key() -> u64 {
    dice::below(1 + dice::below(400))
}

/// A caller that is a task.
pub async fn task(permits: CircuitBreaker) {
    while is_open() {
        async_call(&permits).await;
    }
}

/// A call of any async function, and the pause after it.
pub async fn async_call(permits: &CircuitBreaker) {
    match dice::below(7) {
        0 => call(&services::SEARCH, services::search()).await,
        1 => call(&services::BROWSE, services::browse()).await,
        2 => call(&services::ORDER, services::order()).await,
        3 => call(&services::TENANT, services::tenant(key())).await,
        4 => call(&services::LOOSE, services::loose()).await,
        5 => call(&services::QUOTE, services::quote(dice::one_of([1, 2, 3, 4]), dice::time_below(PATIENCE))).await,
        _ => permits::in_task(permits).await,
    }
    tokio::time::sleep(dice::time_below(PAUSE)).await;
}

async fn call(site: &'static Site, call: impl Future<Output = Reply> + Send + 'static) {
    let call = site.watch(call);
    match dice::below(10) {
        0 => drop(call),
        1 | 2 => drop(tokio::time::timeout(dice::time_below(PATIENCE), call).await),
        3 => {
            let task = tokio::spawn(call);
            tokio::time::sleep(dice::time_below(PATIENCE)).await;
            task.abort();
            drop(task.await);
        }
        _ => {
            let _ = call.await;
        }
    }
}

/// A caller that is a thread.
pub fn thread(permits: &CircuitBreaker) {
    while is_open() {
        sync_call(permits);
        std::thread::sleep(dice::time_below(PAUSE / 4));
    }
}

/// A call of any sync function.
pub fn sync_call(permits: &CircuitBreaker) {
    match dice::below(5) {
        0 => drop(services::LOOKUP.call(services::lookup)),
        1 => drop(services::REPORT.call(services::report)),
        2 => drop(services::AUDIT.call(services::audit)),
        3 => drop(services::REGION.call(|| services::region(key() / 10))),
        _ => permits::on_thread(permits),
    }
}
