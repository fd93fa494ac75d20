//! All four policies around one async function: `fallback > retry > circuit_breaker > timeout`.

use std::time::Duration;

use backon::Retryable;
use benches::{Against, Contender, Role, Row, Target, enter, turns};
use layered::{Execute, Service as _, Stack};
use recloser::{AsyncRecloser, Recloser};
use resilience::{circuit_breaker, fallback, retry, timeout};
use seatbelt::{RecoveryInfo, ResilienceContext};
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tower_resilience_circuitbreaker::{CircuitBreakerError, CircuitBreakerLayer};
use tower_resilience_retry::RetryLayer;
use tower_resilience_timelimiter::{TimeLimiterError, TimeLimiterLayer};

use crate::floors::{CountWindow, Stopped, within};
use crate::retries::{backoff, by_hand};
use crate::timeouts::late;
use crate::work::{Down, LIMIT, RECOVERY, id, on_runtime, pending, ready, service};

#[fallback(value = 0)]
#[retry]
#[circuit_breaker(name = "stack_ready", failure_rate = 0.5, window = 100)]
#[timeout("2s")]
pub(crate) async fn protected_ready(id: u32) -> Result<u32, Down> {
    ready(id).await
}

#[fallback(value = 0)]
#[retry]
#[circuit_breaker(name = "stack_pending", failure_rate = 0.5, window = 100)]
#[timeout("2s")]
pub(crate) async fn protected_pending(id: u32) -> Result<u32, Down> {
    pending(id).await
}

#[backon_macros::backon(backoff = backoff, sleep = tokio::time::sleep)]
#[arcly_http::prelude::circuit_breaker(threshold = 5, cooldown = "1h")]
#[tokio_timeout::timeout(duration = "2s", on_error = late)]
async fn attributes_ready(id: u32) -> Result<u32, Down> {
    ready(id).await
}

#[backon_macros::backon(backoff = backoff, sleep = tokio::time::sleep)]
#[arcly_http::prelude::circuit_breaker(threshold = 5, cooldown = "1h")]
#[tokio_timeout::timeout(duration = "2s", on_error = late)]
async fn attributes_pending(id: u32) -> Result<u32, Down> {
    pending(id).await
}

type Failed = CircuitBreakerError<TimeLimiterError<Down>>;

macro_rules! seatbelt {
    ($body:ident) => {{
        let _guard = enter();
        let context = ResilienceContext::new(tick::Clock::new_tokio());
        let service = (
            seatbelt::fallback::Fallback::layer("fallback", &context)
                .should_fallback(|out: &Result<u32, Down>| out.is_err())
                .fallback(|_, _| Ok(0)),
            seatbelt::retry::Retry::layer("retry", &context)
                .clone_input()
                .recovery_with(|out: &Result<u32, Down>, _| recovery(out))
                .max_retry_attempts(2)
                .base_delay(Duration::from_millis(100)),
            seatbelt::breaker::Breaker::layer("breaker", &context)
                .recovery_with(|out: &Result<u32, Down>, _| recovery(out))
                .rejected_input_error(|_: u32, _| Down(503))
                .failure_threshold(0.5)
                .min_throughput(100)
                .break_duration(RECOVERY),
            seatbelt::timeout::Timeout::layer("timeout", &context).timeout_error(|_| Down(504)).timeout(LIMIT),
            Execute::new($body::<Down>),
        )
            .into_service();
        Contender::new(Role::Peer, "seatbelt", move |n| turns(n, || service.execute(id())))
            .note("its breaker has a window of time")
    }};
}

macro_rules! composed {
    ($body:ident) => {{
        let recloser =
            AsyncRecloser::from(Recloser::custom().error_rate(0.5).closed_len(100).open_wait(RECOVERY).build());
        Contender::new(Role::Peer, "composed", move |n| {
            turns(n, || async {
                let once = || {
                    recloser.call(async {
                        tokio::time::timeout(LIMIT, $body::<Down>(id())).await.unwrap_or(Err(Down(504)))
                    })
                };
                let again = |error: &recloser::Error<Down>| !matches!(error, recloser::Error::Rejected);
                once.retry(backoff()).when(again).await.unwrap_or(0)
            });
        })
        .note("backon + recloser + tokio, by hand")
    }};
}

macro_rules! tower_resilience {
    ($body:ident) => {{
        let retry = RetryLayer::<u32, u32, Failed>::builder()
            .max_attempts(3)
            .exponential_backoff(Duration::from_millis(100))
            .build();
        let breaker = CircuitBreakerLayer::builder()
            .failure_rate_threshold(0.5)
            .sliding_window_size(100)
            .minimum_number_of_calls(100)
            .wait_duration_in_open(RECOVERY)
            .build()
            .unwrap();
        let limiter = TimeLimiterLayer::builder().timeout_duration(LIMIT).build();
        let stack = ServiceBuilder::new()
            .layer(retry)
            .layer(breaker)
            .layer(limiter)
            .service(service_fn($body::<Down>))
            .map_result(|out: Result<u32, Failed>| out.or(Ok::<u32, Failed>(0)));
        service(Role::Peer, "tower-resilience", stack).note("fallback by `map_result`; its window does not slide")
    }};
}

macro_rules! floor {
    ($body:ident) => {{
        let window = CountWindow::new();
        Contender::new(Role::Floor, "by hand", move |n| {
            turns(n, || async {
                let once = || async {
                    if !window.admits() {
                        return Err(Down(503));
                    }
                    let out = within(LIMIT, $body::<Down>(id())).await;
                    window.done(out.is_ok());
                    out.map_err(|stopped| match stopped {
                        Stopped::Inner(error) => error,
                        Stopped::Late(_) | Stopped::Open { .. } => Down(504),
                    })
                };
                by_hand(once).await.unwrap_or(0)
            });
        })
    }};
}

fn recovery(out: &Result<u32, Down>) -> RecoveryInfo {
    if out.is_ok() { RecoveryInfo::never() } else { RecoveryInfo::retry() }
}

pub(crate) fn at_once() -> Row {
    Row {
        title: "fallback > retry > breaker > timeout on an async function, ready",
        two_threads: false,
        contenders: vec![
            on_runtime(Role::Ours, "resilience, attributes", || protected_ready(id())),
            composed!(ready),
            on_runtime(Role::Lesser, "attributes of three crates", || async {
                attributes_ready(id()).await.unwrap_or(0)
            })
            .note("backon-macros, arcly-http, tokio-timeout; arcly's count never goes down"),
            seatbelt!(ready),
            tower_resilience!(ready),
            floor!(ready),
        ],
        targets: vec![
            Target { against: Against::Peer("composed"), limit: 0.3 },
            Target { against: Against::Peer("tower-resilience"), limit: 0.03 },
        ],
    }
}

pub(crate) fn after_a_yield() -> Row {
    Row {
        title: "fallback > retry > breaker > timeout on an async function, pending once",
        two_threads: false,
        contenders: vec![
            on_runtime(Role::Ours, "resilience, attributes", || protected_pending(id())),
            composed!(pending),
            on_runtime(Role::Lesser, "attributes of three crates", || async {
                attributes_pending(id()).await.unwrap_or(0)
            })
            .note("backon-macros, arcly-http, tokio-timeout; arcly's count never goes down"),
            seatbelt!(pending),
            tower_resilience!(pending),
            floor!(pending),
        ],
        targets: vec![Target { against: Against::Peer("composed"), limit: 0.8 }],
    }
}
