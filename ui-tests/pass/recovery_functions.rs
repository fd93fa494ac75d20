//! `recovery_timeout` is a duration, a closure, or the path of either.
use std::time::Duration;

use resilience::circuit_breaker;

const LONG: Duration = Duration::from_secs(60);

fn longer(openings: u32) -> Duration {
    Duration::from_secs(10) * openings
}

#[circuit_breaker(name = "constant", recovery_timeout = LONG)]
fn constant() -> Option<u32> {
    Some(1)
}

#[circuit_breaker(name = "path", recovery_timeout = longer, max_recovery_timeout = "1m")]
fn path() -> Option<u32> {
    Some(1)
}

#[circuit_breaker(name = "closure", recovery_timeout = |openings| longer(openings))]
fn closure() -> Option<u32> {
    Some(1)
}

#[circuit_breaker(name = "argument", recovery_timeout = wait)]
fn argument(wait: Duration) -> Option<u32> {
    Some(1)
}

fn main() {
    assert_eq!((constant(), path(), closure(), argument(LONG)), (Some(1), Some(1), Some(1), Some(1)));
    let open = |name: &str| {
        let breaker = resilience::registry().circuit_breaker(name).unwrap();
        breaker.open();
        breaker.stats().retry_after.unwrap()
    };
    assert!(open("constant") > longer(5) && open("argument") > longer(5));
    assert!(open("path") <= longer(1) && open("closure") <= longer(1));
}
