//! `before_retry`: what runs between attempts.

use std::sync::Mutex;
use std::time::Duration;

use crate::support::*;
use resilience::retry::RetryStats;
use resilience::{clock, retry, timeout};

/// What a hook was told: the number of the failed attempt and its error.
type Told = Vec<(u32, Failure)>;

static TOLD: Mutex<Told> = Mutex::new(Vec::new());

fn note(attempt: u32, error: &Failure) {
    TOLD.lock().unwrap().push((attempt, error.clone()));
}

fn permit(attempt: u32, error: &Failure) -> Result<(), Failure> {
    if attempt < 2 { Ok(()) } else { Err(Failure::Status(if *error == Failure::Status(500) { 999 } else { 998 })) }
}

both! {
    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, before_retry = note)]
    fn by_path(script);

    #[retry(max_attempts = 5, base_delay = "1s", jitter = none, before_retry = permit)]
    fn fallible_path(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, before_retry = |attempt, error| {
        script.then([ok(attempt * 100 + u32::from(*error == Failure::Status(500)))]);
    })]
    fn closure_with_an_argument(script);

    #[retry(max_attempts = 5, base_delay = "1s", jitter = none, before_retry = |attempt, _| {
        if attempt == 2 { return Err(Failure::Status(401)); }
        Ok(())
    })]
    fn fallible_closure(script);

    #[retry(max_attempts = 5, base_delay = "1s", jitter = none, before_retry = |attempt, error| {
        permit(attempt, error)?;
        Ok(())
    })]
    fn closure_with_a_question_mark(script);

    #[retry(max_attempts = 5, base_delay = "1s", jitter = none, before_retry = |attempt, _| {
        if attempt == 1 {
            return;
        }
        script.then([ok(attempt)]);
    })]
    fn closure_that_returns_nothing(script);

    #[retry(max_attempts = 5, base_delay = "1s", jitter = none, before_retry = |attempt, error| match error {
        Failure::Status(500) if attempt < 3 => return,
        _ => script.then([ok(attempt)]),
    })]
    fn closure_with_an_arm_that_returns(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, retry_if = |e: &Failure| *e == Failure::Status(503), before_retry = |_, _| script.then([ok(1)]))]
    fn not_for_what_is_not_retried(script);

    #[retry(max_attempts = 2, base_delay = "1s", jitter = none, retry_if_result = |v: &u32| *v == 202, before_retry = |_, _| script.then([ok(1)]))]
    fn not_for_values(script);

    #[retry(max_attempts = 2, base_delay = "1s", jitter = none, before_retry = |_, _| script.then([ok(1)]))]
    #[timeout("2s")]
    fn not_for_refusals(script);

    #[retry(max_attempts = 2, base_delay = "5s", jitter = none, before_retry = |_, _| script.then([ok(clock::now().since(script.began()).as_secs() as u32)]))]
    fn after_the_delay(script);
}

#[test]
fn a_function_is_told_the_number_of_the_failed_attempt_and_its_error() {
    by_path::each([fail(500), fail(502), ok(1)], |case| {
        TOLD.lock().unwrap().clear();
        assert_eq!(case.call(), Ok(1));
        assert_eq!(*TOLD.lock().unwrap(), [(1, Failure::Status(500)), (2, Failure::Status(502))]);
    });
}

#[test]
fn the_error_of_a_hook_ends_the_retry_and_is_returned() {
    fallible_path::each([fail(500)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(999)));
        assert_eq!(case.script.starts(), [secs(0), secs(1)]);
        assert_eq!(case.elapsed(), secs(3));
        let stats = case.retry().stats();
        assert_eq!((stats.calls, stats.not_retryable, stats.cancelled), (1, 1, 0));
        assert_eq!((case.calls(), stats.retries), (2, 1), "an attempt that the hook prevents is not counted");
    });
    fallible_closure::each([fail(500)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(401)));
        assert_eq!(case.calls(), 2);
    });
    closure_with_a_question_mark::each([fail(500)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(999)));
        assert_eq!(case.calls(), 2);
    });
}

#[test]
fn a_closure_may_leave_by_a_return_without_a_value() {
    closure_that_returns_nothing::each([fail(500)], |case| assert_eq!((case.call(), case.calls()), (Ok(2), 3)));
    closure_with_an_arm_that_returns::each([fail(500)], |case| assert_eq!((case.call(), case.calls()), (Ok(3), 4)));
}

#[retry(max_attempts = 5, base_delay = "1s", jitter = none, before_retry = |attempt, _| async move {
    if attempt == 1 {
        return;
    }
    tokio::time::sleep(secs(1)).await;
    script.then([ok(attempt)]);
})]
async fn with_an_async_block_that_returns_nothing(script: &Script) -> Reply {
    script.play_async().await
}

#[retry(max_attempts = 5, base_delay = "1s", jitter = none, before_retry = |attempt, _| {
    if attempt == 1 {
        return;
    }
    tokio::time::sleep(secs(1)).await;
    script.then([ok(attempt)]);
})]
async fn with_an_await_that_returns_nothing(script: &Script) -> Reply {
    script.play_async().await
}

#[tokio::test(start_paused = true)]
async fn so_may_one_that_awaits() {
    let script = Script::new([fail(500)]);
    assert_eq!((with_an_async_block_that_returns_nothing(&script).await, script.calls()), (Ok(2), 3));
    let script = Script::new([fail(500)]);
    assert_eq!((with_an_await_that_returns_nothing(&script).await, script.calls()), (Ok(2), 3));
}

/// A token refresh that takes ten seconds.
#[retry(max_attempts = 3, base_delay = "1s", jitter = none, max_elapsed = limit, before_retry = pause)]
async fn slow(limit: Duration, script: &Script) -> Reply {
    script.play_async().await
}

#[retry(max_attempts = 3, base_delay = "1s", jitter = none, max_elapsed = limit, before_retry = |_, _| pass(secs(10)))]
fn slow_blocking(limit: Duration, script: &Script) -> Reply {
    script.play()
}

fn stats_of(function: &str) -> RetryStats {
    resilience::registry().retry(&format!("{}::{function}", module_path!())).unwrap().stats()
}

#[tokio::test(start_paused = true)]
async fn no_attempt_starts_too_late_after_a_slow_hook() {
    let script = Script::new([fail(500), ok(1)]);
    assert_eq!(slow(secs(10), &script).await, Err(Failure::Status(500)), "the last error");
    let stats = stats_of("slow");
    assert_eq!((script.calls(), stats.calls, stats.max_duration_reached, stats.retries), (1, 1, 1, 0));
    assert_eq!(slow(secs(11), &Script::new([fail(500), ok(1)])).await, Ok(1));

    let script = Script::new([fail(500)]);
    tokio::time::timeout(secs(5), slow(secs(60), &script)).await.unwrap_err();
    let stats = stats_of("slow");
    assert_eq!((script.calls(), stats.cancelled, stats.retries), (1, 1, 1), "dropped in its hook");
}

#[test]
fn no_attempt_of_a_sync_function_starts_too_late_either() {
    let _clock = stopped();
    let script = Script::new([fail(500), ok(1)]);
    assert_eq!(slow_blocking(secs(10), &script), Err(Failure::Status(500)));
    assert_eq!((script.calls(), stats_of("slow_blocking").max_duration_reached), (1, 1));
    assert_eq!(slow_blocking(secs(11), &Script::new([fail(500), ok(1)])), Ok(1));
}

#[test]
fn a_closure_sees_the_arguments() {
    closure_with_an_argument::each([fail(500)], |case| assert_eq!(case.call(), Ok(101)));
}

#[test]
fn a_hook_runs_only_for_an_error_that_is_retried() {
    not_for_what_is_not_retried::each([fail(404)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(404)));
        assert_eq!(case.play([fail(503)]), Ok(1));
    });
    not_for_values::each([ok(202)], |case| assert_eq!(case.call(), Ok(202), "there is no error to be told"));
    not_for_refusals::each([hang()], |case| assert!(is_timeout(&case.call()), "there is no error to be told"));
}

#[test]
fn a_hook_runs_after_the_delay_so_that_what_it_fetches_is_fresh() {
    after_the_delay::each([fail(500)], |case| assert_eq!(case.call(), Ok(5)));
}

/// A client whose token has run out.
#[derive(Default)]
struct Client {
    token: Mutex<u32>,
    seen: Mutex<Vec<u32>>,
    refreshes: Mutex<Vec<u32>>,
    refuses_to_refresh: bool,
}

impl Client {
    async fn refresh(&self, attempt: u32) -> Result<(), Failure> {
        tokio::time::sleep(secs(1)).await;
        self.renew(attempt)
    }

    fn renew(&self, attempt: u32) -> Result<(), Failure> {
        if self.refuses_to_refresh {
            return Err(Failure::Status(403));
        }
        self.refreshes.lock().unwrap().push(attempt);
        *self.token.lock().unwrap() += 1;
        Ok(())
    }

    fn answer(&self) -> Reply {
        let token = *self.token.lock().unwrap();
        self.seen.lock().unwrap().push(token);
        match token {
            0 => Err(Failure::Status(401)),
            1 if self.seen.lock().unwrap().len() < 3 => Err(Failure::Status(503)),
            token => Ok(token),
        }
    }

    #[retry(max_attempts = 4, base_delay = "1s", jitter = none, before_retry = |attempt, error| {
        if *error == Failure::Status(401) {
            self.refresh(attempt).await?;
        }
        Ok(())
    })]
    async fn orders(&self) -> Reply {
        self.answer()
    }

    #[retry(max_attempts = 4, base_delay = "1s", jitter = none, before_retry = |attempt, error| match error {
        Failure::Status(401) => self.renew(attempt),
        _ => Ok(()),
    })]
    fn orders_blocking(&self) -> Reply {
        self.answer()
    }

    #[retry(max_attempts = 2, base_delay = "1s", jitter = none, before_retry = |attempt, _error| self.refresh(attempt))]
    async fn with_a_future(&self) -> Reply {
        self.answer()
    }

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, before_retry = |attempt, _| async move { self.refresh(attempt).await })]
    async fn with_an_async_block(&self) -> Reply {
        self.answer()
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_has_run_out_is_refreshed_between_two_attempts() {
    let client = Client::default();
    let start = clock::now();
    assert_eq!(client.orders().await, Ok(1));
    assert_eq!(*client.seen.lock().unwrap(), [0, 1, 1], "401, then 503 with the new token, then the answer");
    assert_eq!(*client.refreshes.lock().unwrap(), [1], "the 503 refreshed nothing");
    assert_eq!(clock::now().since(start), secs(1 + 1 + 2), "delay, refresh, delay");
}

#[test]
fn a_token_is_refreshed_in_a_sync_function_too() {
    let _clock = stopped();
    let client = Client::default();
    assert_eq!(client.orders_blocking(), Ok(1));
    assert_eq!(*client.seen.lock().unwrap(), [0, 1, 1]);
    assert_eq!(*client.refreshes.lock().unwrap(), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_fails_ends_the_retry_with_its_own_error() {
    let client = Client { refuses_to_refresh: true, ..Client::default() };
    assert_eq!(client.orders().await, Err(Failure::Status(403)));
    assert_eq!(*client.seen.lock().unwrap(), [0]);
}

#[tokio::test(start_paused = true)]
async fn a_hook_may_return_a_future() {
    let client = Client::default();
    assert_eq!(client.with_a_future().await, Err(Failure::Status(503)));
    assert_eq!(*client.seen.lock().unwrap(), [0, 1]);
    let client = Client::default();
    assert_eq!(client.with_an_async_block().await, Ok(2), "it was told of the 503, too");
}

async fn pause(_attempt: u32, _error: &Failure) -> Result<(), Failure> {
    tokio::time::sleep(secs(10)).await;
    Ok(())
}

#[retry(max_attempts = 2, base_delay = "1s", jitter = none, before_retry = pause)]
async fn paused(script: &Script) -> Reply {
    script.play_async().await
}

#[tokio::test(start_paused = true)]
async fn a_hook_may_be_the_path_of_an_async_function() {
    let script = Script::new([fail(500), ok(1)]);
    assert_eq!(paused(&script).await, Ok(1));
    assert_eq!(script.starts(), [secs(0), secs(11)]);
}
