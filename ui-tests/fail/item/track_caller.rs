use std::future::Future;
use std::panic::Location;

use resilience::{circuit_breaker, retry, timeout};

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

macro_rules! ensure {
    ($condition:expr) => {
        if !$condition {
            return Err(Failure);
        }
    };
}

#[track_caller]
#[timeout("1s")]
fn on_a_worker() -> Result<u32, Failure> {
    Ok(Location::caller().line())
}

#[timeout("1s", mode = deadline)]
#[track_caller]
fn under_a_deadline() -> Result<u32, Failure> {
    Ok(Location::caller().line())
}

#[retry]
#[track_caller]
fn hidden_return(n: u32) -> Result<u32, Failure> {
    ensure!(n > 0);
    Ok(Location::caller().line())
}

#[circuit_breaker(name = "hidden")]
#[track_caller]
fn hidden_question_mark(n: Result<u32, Failure>) -> Result<u32, Failure> {
    if matches!(n?, 1 | 2 if true) { Ok(1) } else { Ok(Location::caller().line()) }
}

fn other() -> impl Future<Output = Result<u32, Failure>> {
    async { Ok(1) }
}

#[track_caller]
#[retry]
fn returned_future() -> impl Future<Output = Result<u32, Failure>> {
    other()
}

fn main() {}
