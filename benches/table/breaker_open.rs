//! An open breaker: one refused call, with the error that says when to come back.

use std::sync::atomic::AtomicU64;

use benches::{Against, Contender, Role, Row, Target, block, enter};
use failsafe::CircuitBreaker as _;
use layered::{Execute, Service as _, Stack};
use resilience::{CircuitBreaker, CircuitState, circuit_breaker, registry};
use seatbelt::breaker::Breaker;
use seatbelt::{RecoveryInfo, ResilienceContext};
use tower::{Layer, Service, service_fn};
use tower_resilience_circuitbreaker::CircuitBreakerLayer;

use crate::floors::{Open, coarse};
use crate::work::{Down, Failure, RECOVERY, down, id, on_runtime, page, service, sync};

#[circuit_breaker(name = "open_attribute", failure_threshold = 1, recovery_timeout = "1h")]
fn protected(fail: bool) -> Result<u32, Failure> {
    if fail { down() } else { page(7) }
}

#[arcly_http::prelude::circuit_breaker(threshold = 1, cooldown = "1h")]
async fn arcly(fail: bool) -> Result<u32, Down> {
    if fail { down() } else { page(7) }
}

async fn either(id: u32) -> Result<u32, Down> {
    if id == 0 { down() } else { page(id) }
}

fn ours() -> Vec<Contender> {
    let value = CircuitBreaker::builder("open_value").failure_threshold(1).recovery_timeout(RECOVERY).build().unwrap();
    let _ = value.call(down::<Failure>);
    let _ = protected(true);
    let attribute = registry().circuit_breaker("open_attribute").unwrap();
    assert_eq!((value.state(), attribute.state()), (CircuitState::Open, CircuitState::Open));
    vec![
        sync(Role::Ours, "resilience, value", move || value.call(|| page::<Failure>(id()))),
        sync(Role::Ours, "resilience, attribute", || protected(false)).note("counts the function's calls as well"),
    ]
}

fn peers() -> Vec<Contender> {
    let recloser = recloser::Recloser::custom().error_rate(0.5).closed_len(1).open_wait(RECOVERY).build();
    while !matches!(recloser.call(down::<Down>), Err(recloser::Error::Rejected)) {}
    let backoff = failsafe::backoff::constant(RECOVERY);
    let policy = failsafe::failure_policy::consecutive_failures(1, backoff);
    let failsafe = failsafe::Config::new().failure_policy(policy).build();
    let _ = failsafe.call(down::<Down>);
    assert!(!failsafe.is_call_permitted());
    let nobreak = nobreak::builder().with_failure_threshold(1).with_open_duration(RECOVERY).build();
    let _ = nobreak.call(down::<Down>);
    let breaker = breaker::CircuitBreaker::new(
        breaker::CircuitBreakerConfig::builder().consecutive_failures(1).wait_duration(RECOVERY).build(),
    );
    breaker.record_failure();
    assert!(breaker.is_open());
    let layer = CircuitBreakerLayer::builder().consecutive_failures(1).wait_duration_in_open(RECOVERY).build().unwrap();
    let mut tower = layer.layer(service_fn(either));
    let _ = block(tower.call(0));
    let _ = block(arcly(true));
    vec![
        sync(Role::Peer, "recloser", move || recloser.call(|| page::<Down>(id()))),
        sync(Role::Peer, "failsafe", move || failsafe.call(|| page::<Down>(id()))),
        sync(Role::Peer, "nobreak", move || nobreak.call(|| page::<Down>(id()))),
        Contender::new(Role::Peer, "breaker", move |n| {
            benches::turns(n, || breaker.call(|| either(id())));
        })
        .note("async only; its error carries no time"),
        service(Role::Peer, "tower-resilience", tower).note("async only"),
        Contender::new(Role::Peer, "seatbelt", seatbelt()).note("async only"),
        on_runtime(Role::Peer, "arcly-http, attribute", || arcly(false)).note("async only"),
    ]
}

fn seatbelt() -> impl Fn(u64) + Send + Sync {
    let _guard = enter();
    let context = ResilienceContext::new(tick::Clock::new_tokio());
    let service = (
        Breaker::layer("open", &context)
            .recovery_with(|out: &Result<u32, Down>, _| match out {
                Ok(_) => RecoveryInfo::never(),
                Err(_) => RecoveryInfo::retry(),
            })
            .rejected_input_error(|_: u32, _| Down(503))
            .failure_threshold(0.1)
            .min_throughput(1)
            .break_duration(RECOVERY),
        Execute::new(either),
    )
        .into_service();
    for _ in 0..100 {
        let _ = block(service.execute(0));
    }
    assert_eq!(block(service.execute(0)), Err(Down(503)));
    move |n| benches::turns(n, || service.execute(id()))
}

pub(crate) fn row() -> Row {
    let floor = Open { until: AtomicU64::new(coarse() + 3_600_000_000_000) };
    let mut contenders = ours();
    contenders.extend(peers());
    contenders.push(sync(Role::Floor, "by hand", move || floor.call(|| page::<Down>(id()))).note("coarse clock"));
    Row {
        title: "breaker, open: one refused call, with `retry_after` in the error",
        two_threads: false,
        contenders,
        targets: vec![Target { against: Against::Peer("recloser"), limit: 0.5 }],
    }
}
