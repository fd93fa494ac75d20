//! A retry whose first try succeeds.

use std::future::Future;
use std::time::Duration;

use backon::{BlockingRetryable, ExponentialBuilder, Retryable};
use benches::{Against, Contender, Role, Row, Target, enter, turns};
use layered::{Execute, Service as _, Stack};
use resilience::{Retry, retry};
use seatbelt::{RecoveryInfo, ResilienceContext};
use tower::{Layer, service_fn};
use tower_resilience_retry::RetryLayer;

use crate::floors::delay;
use crate::work::{Down, id, on_runtime, page, ready, service, sync};

#[retry]
async fn protected(id: u32) -> Result<u32, Down> {
    ready(id).await
}

#[retry]
fn protected_sync(id: u32) -> Result<u32, Down> {
    page(id)
}

#[backon_macros::backon(backoff = backoff, sleep = tokio::time::sleep)]
async fn backon_attribute(id: u32) -> Result<u32, Down> {
    ready(id).await
}

#[backon_macros::backon(backoff = backoff)]
fn backon_attribute_sync(id: u32) -> Result<u32, Down> {
    page(id)
}

/// Three tries, exponential from 100 ms to 10 s, with jitter: our defaults.
pub(crate) fn backoff() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_max_times(2)
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(10))
        .with_jitter()
}

/// The policy that tower leaves to its users to write.
#[derive(Clone)]
struct Thrice(u32);

impl tower::retry::Policy<u32, u32, Down> for Thrice {
    type Future = tokio::time::Sleep;

    fn retry(&mut self, _: &mut u32, out: &mut Result<u32, Down>) -> Option<Self::Future> {
        if out.is_ok() || self.0 == 2 {
            return None;
        }
        self.0 += 1;
        Some(tokio::time::sleep(delay(self.0)))
    }

    fn clone_request(&mut self, id: &u32) -> Option<u32> {
        Some(*id)
    }
}

/// By hand; the rare sleep is boxed, so that the future stays small.
pub(crate) async fn by_hand<F: Future<Output = Result<u32, Down>>>(body: impl Fn() -> F) -> Result<u32, Down> {
    let mut attempt = 0;
    loop {
        let out = body().await;
        if out.is_ok() || attempt == 2 {
            return out;
        }
        attempt += 1;
        Box::pin(tokio::time::sleep(delay(attempt))).await;
    }
}

fn by_hand_sync(body: impl Fn() -> Result<u32, Down>) -> Result<u32, Down> {
    let mut attempt = 0;
    loop {
        let out = body();
        if out.is_ok() || attempt == 2 {
            return out;
        }
        attempt += 1;
        std::thread::sleep(delay(attempt));
    }
}

fn seatbelt() -> impl Fn(u64) + Send + Sync {
    let _guard = enter();
    let context = ResilienceContext::new(tick::Clock::new_tokio());
    let service = (
        seatbelt::retry::Retry::layer("retry", &context)
            .clone_input()
            .recovery_with(|out: &Result<u32, Down>, _| match out {
                Ok(_) => RecoveryInfo::never(),
                Err(_) => RecoveryInfo::retry(),
            })
            .max_retry_attempts(2)
            .base_delay(Duration::from_millis(100)),
        Execute::new(ready::<Down>),
    )
        .into_service();
    move |n| turns(n, || service.execute(id()))
}

pub(crate) fn asynchronous() -> Row {
    let ours = Retry::builder("first_async").build().unwrap();
    let tower_resilience = RetryLayer::<u32, u32, Down>::builder()
        .max_attempts(3)
        .exponential_backoff(Duration::from_millis(100))
        .build()
        .layer(service_fn(ready::<Down>));
    Row {
        title: "retry, first try succeeds, async",
        two_threads: false,
        contenders: vec![
            Contender::new(Role::Ours, "resilience, value", move |n| {
                turns(n, || ours.call_async(|| ready::<Down>(id())));
            }),
            on_runtime(Role::Ours, "resilience, attribute", || protected(id()))
                .note("counts the function's calls as well"),
            on_runtime(Role::Peer, "backon", || (|| ready::<Down>(id())).retry(backoff())),
            on_runtime(Role::Peer, "backon, attribute", || backon_attribute(id())),
            on_runtime(Role::Peer, "tryhard", || {
                tryhard::retry_fn(|| ready::<Down>(id()))
                    .retries(2)
                    .exponential_backoff(Duration::from_millis(100))
                    .max_delay(Duration::from_secs(10))
            }),
            service(Role::Peer, "tower", tower::retry::Retry::new(Thrice(0), service_fn(ready::<Down>)))
                .note("with the policy of the floor, written by hand"),
            service(Role::Peer, "tower-resilience", tower_resilience),
            Contender::new(Role::Peer, "seatbelt", seatbelt()),
            on_runtime(Role::Floor, "by hand", || by_hand(|| ready(id()))),
        ],
        targets: vec![Target { against: Against::Peer("backon"), limit: 0.5 }],
    }
}

pub(crate) fn synchronous() -> Row {
    let ours = Retry::builder("retry_value").build().unwrap();
    Row {
        title: "retry, first try succeeds, sync",
        two_threads: false,
        contenders: vec![
            sync(Role::Ours, "resilience, value", move || ours.call(|| page::<Down>(id()))),
            sync(Role::Ours, "resilience, attribute", || protected_sync(id()))
                .note("counts the function's calls as well"),
            sync(Role::Peer, "backon", || (|| page::<Down>(id())).retry(backoff()).call()),
            sync(Role::Peer, "backon, attribute", || backon_attribute_sync(id())),
            sync(Role::Floor, "by hand", || by_hand_sync(|| page(id()))),
        ],
        targets: vec![Target { against: Against::Peer("backon"), limit: 0.5 }],
    }
}
