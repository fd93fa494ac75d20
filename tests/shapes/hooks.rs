//! Predicates, hooks and fallbacks.

use super::*;

struct Client {
    flaky: Flaky,
    refreshed: AtomicU32,
}

impl Client {
    fn new() -> Self {
        Self { flaky: Flaky::default(), refreshed: AtomicU32::new(0) }
    }

    async fn refresh(&self, attempt: u32) -> Outcome<()> {
        self.refreshed.fetch_add(attempt, Ordering::Relaxed);
        Ok(())
    }

    #[retry(base_delay = "1ms", before_retry = |attempt, _error| self.refresh(attempt).await)]
    async fn awaits(&self) -> Outcome<u32> {
        self.flaky.call(3)
    }

    #[retry(base_delay = "1ms", before_retry = |attempt, _error| self.refresh(attempt))]
    async fn gives_a_future(&self) -> Outcome<u32> {
        self.flaky.call(3)
    }

    #[retry(base_delay = "1ms", before_retry = |attempt, error: &Failure| async move {
        assert_eq!(*error, Failure::Broken(attempt));
        self.refresh(attempt).await?;
        Ok(())
    })]
    async fn block(&self) -> Outcome<u32> {
        self.flaky.call(3)
    }

    #[retry(base_delay = "1ms", before_retry = |attempt, _| { self.refreshed.fetch_add(attempt, Ordering::Relaxed); })]
    fn sync(&self) -> Outcome<u32> {
        self.flaky.call(3)
    }

    #[retry(base_delay = "1ms", before_retry = refuse)]
    async fn path(&self) -> Outcome<u32> {
        self.flaky.call(3)
    }

    #[retry(base_delay = "1ms", before_retry = refuse_async)]
    async fn async_path(&self) -> Outcome<u32> {
        self.flaky.call(3)
    }

    #[retry(base_delay = "1ms", before_retry = async |_, error| refuse_async(1, error).await)]
    async fn async_closure(&self) -> Outcome<u32> {
        self.flaky.call(3)
    }
}

fn refuse(attempt: u32, error: &Failure) -> Outcome<()> {
    assert_eq!(*error, Failure::Broken(attempt));
    Err(Failure::Broken(99))
}

async fn refuse_async(attempt: u32, error: &Failure) -> Outcome<()> {
    refuse(attempt, error)
}

#[retry(
    max_attempts = 4,
    strategy = linear,
    base_delay = "1ms",
    max_delay = "10ms",
    jitter = none,
    max_elapsed = "1m",
    retry_if = |error: &Failure| matches!(error, Failure::Broken(_)),
    abort_if = |error| *error == Failure::Refused,
    retry_if_result = |value| *value < 3,
    retry_after = |_| Some(Duration::from_millis(1)),
    budget = 0.5,
    idempotent = true,
    retry_on_open = false,
    name = "every option",
)]
async fn every_option(flaky: &Flaky) -> Outcome<u32> {
    flaky.call(1)
}

#[circuit_breaker(
    name = NAME,
    failure_threshold = 5,
    failure_window = "1m",
    failure_rate = 0.5,
    window = 10,
    minimum_calls = 5,
    slow_call_duration = "1s",
    slow_call_rate = 0.5,
    max_average_latency = "10s",
    recovery_timeout = "30s",
    max_recovery_timeout = "1m",
    half_open_max_calls = 2,
    success_threshold = 2,
    failure_if = |error| *error != Failure::Refused,
    ignore_if = |error: &Failure| *error == Failure::Broken(0),
    failure_if_result = |value| *value == 0,
    key = tenant,
    max_keys = 100,
)]
async fn every_breaker_option(tenant: &str) -> Outcome<usize> {
    Ok(tenant.len())
}

const NAME: &str = "shapes::every option";

fn pause(attempt: u32) -> Duration {
    Duration::from_millis(attempt.into())
}

#[retry(strategy = pause, jitter = 0.1, budget = "shapes")]
async fn custom(flaky: &Flaky) -> Outcome<u32> {
    flaky.call(2)
}

#[fallback(|error| Ok(code(&error)), when = |error| matches!(error, Failure::Broken(2)))]
#[fallback(|_error| Ok(1000), when = |error: &Failure| *error == Failure::Broken(1))]
#[timeout(duration = Duration::from_secs(1), name = "shapes::two")]
async fn two_fallbacks(n: u32) -> Outcome<u32> {
    Err(Failure::Broken(n))
}

fn code(error: &Failure) -> u32 {
    match error {
        Failure::Broken(code) => *code,
        Failure::Refused => 0,
    }
}

#[tokio::test(start_paused = true)]
async fn hooks_run_between_attempts() {
    let client = Client::new();
    assert_eq!(send(client.awaits()).await, Ok(3));
    assert_eq!(client.refreshed.load(Ordering::Relaxed), 3);
    let client = Client::new();
    assert_eq!(client.gives_a_future().await, Ok(3));
    assert_eq!(client.refreshed.load(Ordering::Relaxed), 3);
    let client = Client::new();
    assert_eq!(client.block().await, Ok(3));
    assert_eq!(client.refreshed.load(Ordering::Relaxed), 3);
    let client = Client::new();
    assert_eq!(client.sync(), Ok(3));
    assert_eq!(client.refreshed.load(Ordering::Relaxed), 3);
    assert_eq!(Client::new().path().await, Err(Failure::Broken(99)));
    assert_eq!(Client::new().async_path().await, Err(Failure::Broken(99)));
    assert_eq!(Client::new().async_closure().await, Err(Failure::Broken(99)));
}

#[tokio::test(start_paused = true)]
async fn every_option_is_accepted() {
    assert_eq!(every_option(&Flaky::default()).await, Ok(3));
    assert_eq!(every_breaker_option("abc").await, Ok(3));
    assert_eq!(custom(&Flaky::default()).await, Ok(2));
    assert_eq!(two_fallbacks(1).await, Ok(1000));
    assert_eq!(two_fallbacks(2).await, Ok(2));
    assert_eq!(two_fallbacks(3).await, Err(Failure::Broken(3)));
}
