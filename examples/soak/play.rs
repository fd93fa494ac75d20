//! What bodies do: answer, fail, panic, hang, come back late.

use std::panic::panic_any;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use resilience::Error;

use crate::ledger::Site;
use crate::{dice, jumps};

/// What protected functions return.
pub type Reply = Result<u64, Failure>;

#[derive(Debug)]
pub enum Failure {
    Broken,
    /// The caller's own mistake: breakers ignore it.
    NotFound,
    /// The policies of the stack refused.
    Refused,
}

impl From<Error> for Failure {
    fn from(_: Error) -> Self {
        Self::Refused
    }
}

/// A panic that belongs to the plan.
pub struct Planned;

/// How many calls in a hundred go wrong now.
static WEATHER: AtomicU64 = AtomicU64::new(5);

pub fn set_weather(percent: u64) {
    WEATHER.store(percent, Ordering::Relaxed);
}

enum Act {
    Answer,
    Fail,
    NotFound,
    Panic,
    Hang,
}

fn draw() -> Act {
    if !dice::chance(WEATHER.load(Ordering::Relaxed)) {
        return Act::Answer;
    }
    match dice::below(20) {
        0..10 => Act::Fail,
        10..14 => Act::NotFound,
        14..17 => Act::Panic,
        _ => Act::Hang,
    }
}

/// How long a body hangs: longer than every limit.
const HANG: Duration = Duration::from_millis(40);

/// How long an attempt may take that is still in time.
const WORK: Duration = Duration::from_millis(2);

fn end(act: &Act) -> Reply {
    match act {
        Act::Answer | Act::Hang => Ok(dice::below(1000)),
        Act::Fail => Err(Failure::Broken),
        Act::NotFound => Err(Failure::NotFound),
        Act::Panic => panic_any(Planned),
    }
}

/// One async body.
pub async fn async_body(site: &'static Site) -> Reply {
    let _body = site.begin();
    let act = draw();
    match dice::below(4) {
        _ if matches!(act, Act::Hang) => tokio::time::sleep(HANG).await,
        0 => {}
        1 | 2 => tokio::task::yield_now().await,
        _ => tokio::time::sleep(dice::time_below(WORK)).await,
    }
    end(&act)
}

/// One sync body.
pub fn sync_body(site: &'static Site) -> Reply {
    let _body = site.begin();
    let act = draw();
    match dice::below(4) {
        _ if matches!(act, Act::Hang) => jumps::wait(HANG),
        0 | 1 => {}
        2 => std::thread::yield_now(),
        _ => jumps::wait(dice::time_below(WORK)),
    }
    end(&act)
}
