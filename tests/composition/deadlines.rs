//! The ambient deadline: nested limits take the minimum, and everybody inside can read it.

use std::time::Duration;

use crate::support::*;
use resilience::{Error, deadline, fallback, retry, timeout};

type Read = Result<Option<Duration>, Error>;

fn read() -> Read {
    Ok(deadline::remaining())
}

#[timeout("10s", mode = deadline)]
fn ten() -> Read {
    read()
}

#[timeout("10s")]
async fn ten_async() -> Read {
    read()
}

#[timeout("5s", mode = deadline)]
fn five_over_ten() -> Read {
    assert_eq!(read()?, Some(secs(5)));
    pass(secs(1));
    let inner = ten();
    assert_eq!(read()?, Some(secs(4)), "the inner limit is gone again");
    inner
}

#[timeout("5s")]
async fn five_over_ten_async() -> Read {
    assert_eq!(read()?, Some(secs(5)));
    tokio::time::sleep(secs(1)).await;
    let inner = ten_async().await;
    assert_eq!(read()?, Some(secs(4)));
    inner
}

#[timeout("20s", mode = deadline)]
fn twenty_over_ten() -> Read {
    ten()
}

#[timeout("20s")]
async fn twenty_over_ten_async() -> Read {
    ten_async().await
}

#[test]
fn nested_limits_take_the_minimum() {
    let _clock = stopped();
    assert_eq!(read(), Ok(None));
    assert_eq!(ten(), Ok(Some(secs(10))));
    assert_eq!(five_over_ten(), Ok(Some(secs(4))));
    assert_eq!(twenty_over_ten(), Ok(Some(secs(10))));
    assert_eq!(read(), Ok(None), "and nothing is left of them");
}

#[tokio::test(start_paused = true)]
async fn nested_limits_of_futures_take_the_minimum() {
    assert_eq!(ten_async().await, Ok(Some(secs(10))));
    assert_eq!(five_over_ten_async().await, Ok(Some(secs(4))));
    assert_eq!(twenty_over_ten_async().await, Ok(Some(secs(10))));
    assert_eq!(read(), Ok(None));
}

#[timeout("10s")]
async fn async_over_sync() -> Read {
    tokio::time::sleep(secs(1)).await;
    twenty_over_ten()
}

#[tokio::test(start_paused = true)]
async fn a_deadline_crosses_from_async_to_sync() {
    assert_eq!(async_over_sync().await, Ok(Some(secs(9))));
}

#[tokio::test(start_paused = true)]
async fn futures_side_by_side_have_deadlines_of_their_own() {
    let (five, ten, none) = tokio::join!(five_over_ten_async(), ten_async(), async {
        tokio::task::yield_now().await;
        read()
    });
    assert_eq!((five, ten, none), (Ok(Some(secs(4))), Ok(Some(secs(10))), Ok(None)));
}

#[timeout("10s")]
async fn spawning() -> Read {
    tokio::spawn(async { read() }).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_task_that_is_spawned_starts_without_a_deadline() {
    assert_eq!(spawning().await, Ok(None));
}

#[timeout("5s")]
#[retry(max_attempts = 3, strategy = constant, base_delay = "1s", jitter = none)]
#[timeout("3s")]
async fn attempts(seen: &std::cell::RefCell<Vec<Duration>>) -> Result<(), Error> {
    seen.borrow_mut().extend(deadline::remaining());
    tokio::time::sleep(millis(1500)).await;
    Err(Error::rate_limited("test", None))
}

#[tokio::test(start_paused = true)]
async fn each_attempt_has_what_is_left_of_both_limits() {
    let seen = std::cell::RefCell::default();
    let _ = attempts(&seen).await;
    assert_eq!(*seen.borrow(), [secs(3), millis(2500)]);
}

fn late() -> Read {
    read()
}

#[fallback(late)]
#[timeout("1s")]
async fn falling_back() -> Read {
    std::future::pending().await
}

#[timeout("5s")]
async fn falling_back_under_a_limit() -> Read {
    falling_back().await
}

#[tokio::test(start_paused = true)]
async fn a_fallback_above_a_limit_is_not_under_it() {
    assert_eq!(falling_back().await, Ok(None));
    assert_eq!(falling_back_under_a_limit().await, Ok(Some(secs(4))));
}

#[timeout("1s", mode = deadline)]
fn too_late(ran: &std::cell::Cell<bool>) -> Read {
    ran.set(true);
    read()
}

#[timeout("1s", mode = deadline)]
fn using_up_its_time(ran: &std::cell::Cell<bool>) -> Read {
    pass(secs(2));
    too_late(ran)
}

#[test]
fn a_call_that_begins_after_the_deadline_does_not_run() {
    let _clock = stopped();
    let ran = std::cell::Cell::new(false);
    let Err(Error::Timeout(_)) = using_up_its_time(&ran) else { panic!("it is late") };
    assert!(!ran.get());
    let inner = resilience::registry().timeout(concat!(module_path!(), "::too_late")).unwrap().stats();
    assert_eq!((inner.rejected, inner.timed_out), (1, 0));
}

#[timeout(limit * 2, mode = deadline)]
fn computed(limit: Duration) -> Read {
    read()
}

struct Client {
    limit: Duration,
}

impl Client {
    #[timeout(duration = self.limit + extra, name = "composition::deadlines::client")]
    async fn get(&self, extra: Duration) -> Read {
        read()
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_may_use_self_and_the_arguments() {
    assert_eq!(computed(secs(3)), Ok(Some(secs(6))));
    assert_eq!(Client { limit: secs(1) }.get(millis(500)).await, Ok(Some(millis(1500))));
    assert_eq!(resilience::registry().timeout("composition::deadlines::client").unwrap().stats().completed, 1);
}
