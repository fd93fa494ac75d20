//! An option that is evaluated by each call ends that call when it leaves early, by `?` or behind a macro: the fallback
//! answers, and nothing in between retries or records it.

use std::time::Duration;

use resilience::{circuit_breaker, fallback, registry, retry, timeout};

use super::*;

macro_rules! ensure {
    ($condition:expr) => {
        if !$condition {
            return Err(Failure::Status(409));
        }
    };
}

macro_rules! bail {
    () => {
        return Err(Failure::Status(410))
    };
}

const BREAKER: &str = "clones::early";

/// An answer that tells from which error it is.
fn told(error: &Failure) -> Reply {
    Ok(if *error == Failure::Status(409) { 70 } else { 7 })
}

fn positive(number: u64) -> Result<u64, Failure> {
    if number > 0 { Ok(number) } else { Err(Failure::Status(409)) }
}

async fn positive_async(number: u64) -> Result<u64, Failure> {
    tokio::task::yield_now().await;
    positive(number)
}

/// What a breaker has made of its calls: successes, failures, ignored.
fn recorded(breaker: &str) -> (u64, u64, u64) {
    let stats = registry().circuit_breaker(breaker).map(|breaker| breaker.stats());
    stats.map_or((0, 0, 0), |stats| (stats.total_successes, stats.total_failures, stats.ignored))
}

#[fallback(|error| told(&error))]
#[circuit_breaker(name = BREAKER)]
#[retry(max_attempts = 2, clone(numbers = { ensure!(!numbers.is_empty()); numbers.clone() }))]
fn hidden(numbers: Vec<u32>, script: &Script) -> Result<u32, Failure> {
    drop(numbers);
    script.play()
}

#[fallback(|error| told(&error))]
#[circuit_breaker(name = BREAKER)]
#[retry(max_attempts = 2, clone(numbers = { ensure!(!numbers.is_empty()); numbers.clone() }))]
async fn hidden_async(numbers: Vec<u32>, script: &Script) -> Result<u32, Failure> {
    drop(numbers);
    script.play()
}

#[tokio::test(start_paused = true)]
async fn a_return_behind_a_macro_ends_the_call() {
    let script = Script::new([ok(1)]);
    assert_eq!((hidden(vec![1], &script), hidden_async(vec![1], &script).await), (Ok(1), Ok(1)));
    assert_eq!((hidden(vec![], &script), hidden_async(vec![], &script).await), (Ok(70), Ok(70)));
    assert_eq!((script.calls(), recorded(BREAKER)), (2, (2, 0, 2)), "no panic has been counted");
}

const LIMITED: &str = "clones::early::limited";

#[fallback(|error| told(&error))]
#[retry(max_attempts = 3, base_delay = "1s")]
#[circuit_breaker(name = LIMITED)]
#[timeout(duration = Duration::from_secs(positive(limit)?), mode = deadline)]
fn limited(limit: u64, script: &Script) -> Reply {
    script.play()
}

#[fallback(|error| told(&error))]
#[retry(max_attempts = 3, base_delay = "1s")]
#[circuit_breaker(name = LIMITED)]
#[timeout(Duration::from_secs(positive_async(limit).await?))]
async fn limited_async(limit: u64, script: &Script) -> Reply {
    script.play()
}

#[tokio::test(start_paused = true)]
async fn a_limit_may_fail() {
    let script = Script::new([ok(1)]);
    assert_eq!((limited(1, &script), limited_async(1, &script).await), (Ok(1), Ok(1)));
    assert_eq!((limited(0, &script), limited_async(0, &script).await), (Ok(70), Ok(70)));
    assert_eq!((script.calls(), recorded(LIMITED)), (2, (2, 0, 2)), "neither retried nor recorded");
}

#[fallback(|error| told(&error))]
#[retry(name = "clones::early::keyed", max_attempts = 3, base_delay = "1s")]
#[circuit_breaker(name = "clones::early::key", key = positive(tenant)?)]
fn keyed(tenant: u64, script: &Script) -> Result<u32, Failure> {
    script.play()
}

#[fallback(|error| told(&error))]
#[retry(max_attempts = 3, base_delay = "1s")]
#[circuit_breaker(name = "clones::early::key", key = { ensure!(tenant > 0); positive_async(tenant).await? })]
async fn keyed_async(tenant: u64, script: &Script) -> Result<u32, Failure> {
    script.play()
}

#[tokio::test(start_paused = true)]
async fn a_key_may_fail() {
    let script = Script::new([ok(1)]);
    assert_eq!((keyed(1, &script), keyed_async(1, &script).await), (Ok(1), Ok(1)));
    assert_eq!((keyed(0, &script), keyed_async(0, &script).await), (Ok(70), Ok(70)));
    assert_eq!(script.calls(), 2);
    assert_eq!(recorded("clones::early::key[1]"), (2, 0, 0));
    let retry = registry().retry("clones::early::keyed").unwrap().stats();
    assert_eq!((retry.retries, retry.max_attempts_reached), (0, 0));
}

#[fallback(|error| told(&error))]
#[retry(max_attempts = u32::try_from(positive(attempts)?).unwrap_or(1), base_delay = "1s")]
fn counted(attempts: u64, script: &Script) -> Reply {
    script.play()
}

#[test]
fn an_option_that_depends_on_the_call_may_fail() {
    let _clock = stopped();
    let script = Script::new([fail(500), ok(1)]);
    assert_eq!((counted(0, &script), script.calls()), (Ok(70), 0));
    assert_eq!((counted(2, &script), script.calls()), (Ok(1), 2));
}

#[fallback(|error| told(&error))]
#[fallback(value = u32::try_from(positive(stored)?).unwrap_or(0), when = |_| true)]
fn standing_by(stored: u64, script: &Script) -> Reply {
    script.play()
}

#[fallback(|error| told(&error))]
#[fallback(value = { ensure!(stored > 0); 3 }, when = |_| true)]
async fn standing_by_async(stored: u64, script: &Script) -> Result<u32, Failure> {
    script.play()
}

#[tokio::test(start_paused = true)]
async fn a_value_to_fall_back_to_may_fail() {
    let script = Script::new([fail(500)]);
    assert_eq!((standing_by(3, &script), standing_by_async(3, &script).await), (Ok(3), Ok(3)));
    assert_eq!((standing_by(0, &script), standing_by_async(0, &script).await), (Ok(70), Ok(70)));
}

/// Gives a future, after it has looked at what it is given.
async fn stored() -> Reply {
    Ok(3)
}

#[fallback(|error| told(&error))]
#[fallback(|_| { ensure!(stored_at > 0); stored() }, when = |_| true)]
async fn behind_a_future(stored_at: u64, script: &Script) -> Reply {
    script.play()
}

#[tokio::test(start_paused = true)]
async fn a_closure_that_gives_a_future_may_return_before() {
    let script = Script::new([fail(500)]);
    assert_eq!((behind_a_future(1, &script).await, behind_a_future(0, &script).await), (Ok(3), Ok(70)));
}

#[fallback(|error| told(&error))]
#[fallback(|_| bail!(), when = |error: &Failure| *error == Failure::Status(500))]
#[retry(max_attempts = 2, base_delay = "1s", before_retry = |_, error| { ensure!(*error == Failure::Status(500)); Ok(()) })]
#[timeout("1s", refused = |_| Failure::Status(1))]
async fn bailing(script: &Script) -> Reply {
    script.play()
}

#[fallback(|error| panic!("{error:?}"))]
#[retry(max_attempts = 2, base_delay = "1s", before_retry = |_, _| todo!("a hook"))]
#[timeout("1s", refused = |error| unreachable!("{error}"))]
async fn panicking_closures(script: &Script) -> Reply {
    script.play()
}

#[tokio::test(start_paused = true)]
async fn a_closure_may_never_give_a_value() {
    let script = Script::new([fail(500)]);
    assert_eq!(bailing(&script).await, Ok(7));
    let panic = tokio::spawn(async move { panicking_closures(&script).await }).await.unwrap_err().into_panic();
    assert_eq!(message(&*panic), "not yet implemented: a hook");
}
