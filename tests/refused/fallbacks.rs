//! A fallback stands above the way out: it sees a refusal first, and `refused` gets what it leaves.

use crate::support::*;
use resilience::{Error, Fault, circuit_breaker, fallback, retry, timeout};

#[derive(Debug, PartialEq)]
struct Status(&'static str);

const DOWN: Status = Status("down");

fn play(script: &Script) -> Result<u32, Status> {
    script.play().map_err(|_| DOWN)
}

#[fallback(|_| Ok(1))]
#[timeout("1s", mode = deadline, refused = |_| unreachable!("no refusal gets past the fallback"))]
fn blind(script: &Script) -> Result<u32, Status> {
    play(script)
}

#[fallback(|error| if error == Status("refused") { Ok(2) } else { Err(error) })]
#[timeout("1s", mode = deadline, refused = |_| Status("refused"))]
fn as_error(script: &Script) -> Result<u32, Status> {
    play(script)
}

#[fallback(|error: Status| if error == Status("refused") { Ok(2) } else { Err(error) })]
#[timeout("1s", mode = deadline, refused = |_| Status("refused"))]
fn as_annotated_error(script: &Script) -> Result<u32, Status> {
    play(script)
}

#[fallback(|fault: Fault<Status>| match fault {
    Fault::Refused(Error::Timeout(elapsed)) => Ok(u32::try_from(elapsed.limit().as_secs()).unwrap()),
    Fault::Refused(_) => Err(Status("another refusal")),
    Fault::User(error) => Err(error),
})]
#[timeout("3s", mode = deadline, refused = |_| unreachable!("the fallback asks for the refusal itself"))]
fn as_fault(script: &Script) -> Result<u32, Status> {
    play(script)
}

fn by_error(error: Status) -> Result<u32, Status> {
    if error == Status("refused") { Ok(4) } else { Err(error) }
}

#[fallback(by_error)]
#[timeout("1s", mode = deadline, refused = |_| Status("refused"))]
fn as_error_by_path(script: &Script) -> Result<u32, Status> {
    play(script)
}

fn by_fault(_: &Script, fault: Fault<Status>) -> Result<u32, Status> {
    match fault {
        Fault::Refused(_) => Ok(5),
        Fault::User(error) => Err(error),
    }
}

#[fallback(by_fault)]
#[timeout("1s", mode = deadline, refused = |_| unreachable!("the fallback asks for the refusal itself"))]
fn as_fault_by_path(script: &Script) -> Result<u32, Status> {
    play(script)
}

fn by_arguments(script: &Script) -> Result<u32, Status> {
    Ok(u32::try_from(script.calls()).unwrap() + 5)
}

#[fallback(by_arguments)]
#[timeout("1s", mode = deadline, refused = |_| unreachable!("the fallback does not look at it"))]
fn unseen_by_path(script: &Script) -> Result<u32, Status> {
    play(script)
}

#[test]
fn each_form_of_fallback_is_given_what_it_asks_for() {
    let _clock = stopped();
    type Call = fn(&Script) -> Result<u32, Status>;
    let forms: [(Call, u32); 7] = [
        (blind, 1),
        (as_error, 2),
        (as_annotated_error, 2),
        (as_fault, 3),
        (as_error_by_path, 4),
        (as_fault_by_path, 5),
        (unseen_by_path, 6),
    ];
    for (index, (call, value)) in forms.into_iter().enumerate() {
        assert_eq!(call(&Script::new([hang()])), Ok(value), "{index}");
    }
    for (index, call) in
        [as_error, as_annotated_error, as_fault, as_error_by_path, as_fault_by_path].into_iter().enumerate()
    {
        assert_eq!(call(&Script::new([fail(500)])), Err(DOWN), "{index}: the body's own error is not touched");
    }
    let stats = crate::stats("refused::fallbacks::as_error");
    assert_eq!((stats.successes, stats.failures, stats.fell_back), (1, 1, 2));
}

#[fallback(value = 1, when = |error: &Status| *error == Status("timeout"))]
#[circuit_breaker(name = "refused::fallbacks::some", failure_threshold = 1)]
#[timeout("1s", mode = deadline, refused = |e| Status(e.policy().as_str()))]
fn for_some(script: &Script) -> Result<u32, Status> {
    play(script)
}

#[test]
fn a_condition_sees_what_the_refusal_becomes_and_what_it_leaves_leaves() {
    let _clock = stopped();
    let script = Script::new([hang()]);
    assert_eq!(for_some(&script), Ok(1));
    assert_eq!(for_some(&script), Err(Status("circuit_breaker")));
    assert_eq!(resilience::registry().fallback("refused::fallbacks::for_some").unwrap().stats().successes, 1);
    let stats = crate::stats("refused::fallbacks::for_some");
    assert_eq!((stats.successes, stats.failures, stats.fell_back), (1, 1, 1));
}

#[retry(max_attempts = 2, base_delay = "1ms", refused = |e| Status(e.policy().as_str()))]
#[fallback(|_| Ok(9), when_result = |value| *value == 0, when = |error: &Status| *error == Status("timeout"))]
#[timeout("1s", mode = deadline)]
fn with_values(script: &Script) -> Result<u32, Status> {
    play(script)
}

#[test]
fn beside_a_condition_on_values() {
    let _clock = stopped();
    assert_eq!(with_values(&Script::new([hang()])), Ok(9));
    assert_eq!(with_values(&Script::new([ok(0)])), Ok(9));
    assert_eq!(with_values(&Script::new([fail(500)])), Err(DOWN));
}

#[timeout("1s", mode = deadline, refused = |_| Status("refused"))]
#[fallback(|_| script.play().map_err(|_| DOWN))]
fn above_a_fallback(script: &Script) -> Result<u32, Status> {
    play(script)
}

#[test]
fn a_refusal_from_above_a_fallback_becomes_it_as_well() {
    let _clock = stopped();
    assert_eq!(above_a_fallback(&Script::new([fail(500), hang()])), Err(Status("refused")));
    assert_eq!(above_a_fallback(&Script::new([fail(500)])), Err(DOWN));
}
