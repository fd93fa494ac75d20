//! A closed breaker with a window of time.

use std::time::Duration;

use benches::{Against, Role, Row, Target, enter};
use failsafe::CircuitBreaker as _;
use layered::{Execute, Service as _, Stack};
use resilience::{CircuitBreaker, circuit_breaker};
use seatbelt::breaker::Breaker;
use seatbelt::{RecoveryInfo, ResilienceContext};
use tower::{Layer, service_fn};
use tower_resilience_circuitbreaker::{CircuitBreakerLayer, SlidingWindowType};

use crate::floors::TimeWindow;
use crate::work::{Down, RECOVERY, id, page, ready, service, sync};

const WINDOW: Duration = Duration::from_secs(10);

#[circuit_breaker(name = "time_attribute", failure_rate = 0.5, window = "10s", minimum_calls = 100)]
fn protected(id: u32) -> Result<u32, Down> {
    page(id)
}

pub(crate) fn row() -> Row {
    let ours =
        CircuitBreaker::builder("time_value").failure_rate(0.5).window(WINDOW).minimum_calls(100).build().unwrap();
    let _guard = enter();
    let context = ResilienceContext::new(tick::Clock::new_tokio());
    let seatbelt = (
        Breaker::layer("time", &context)
            .recovery_with(|out: &Result<u32, Down>, _| match out {
                Ok(_) => RecoveryInfo::never(),
                Err(_) => RecoveryInfo::retry(),
            })
            .rejected_input_error(|_: u32, _| Down(503))
            .failure_threshold(0.5)
            .min_throughput(100)
            .sampling_duration(WINDOW)
            .break_duration(RECOVERY),
        Execute::new(ready::<Down>),
    )
        .into_service();
    let tower = CircuitBreakerLayer::builder()
        .failure_rate_threshold(0.5)
        .sliding_window_type(SlidingWindowType::TimeBased)
        .sliding_window_duration(WINDOW)
        .minimum_number_of_calls(100)
        .build()
        .unwrap();
    let backoff = failsafe::backoff::constant(RECOVERY);
    let policy = failsafe::failure_policy::success_rate_over_time_window(0.5, 100, WINDOW, backoff);
    let failsafe = failsafe::Config::new().failure_policy(policy).build();
    let floor = TimeWindow::default();
    Row {
        title: "breaker, closed, time window of 10 s in ten buckets, with rate",
        two_threads: false,
        contenders: vec![
            sync(Role::Ours, "resilience, value", move || ours.call(|| page::<Down>(id()))),
            sync(Role::Ours, "resilience, attribute", || protected(id())).note("counts the function's calls as well"),
            benches::Contender::new(Role::Peer, "seatbelt", move |n| {
                benches::turns(n, || seatbelt.execute(id()));
            })
            .note("async only"),
            service(Role::Peer, "tower-resilience", tower.layer(service_fn(ready::<Down>)))
                .note("async only; its log grows with every call of the window"),
            sync(Role::Lesser, "failsafe", move || failsafe.call(|| page::<Down>(id())))
                .note("a moving average, no exact window"),
            sync(Role::Floor, "by hand", move || floor.call(|| page::<Down>(id()))).note("coarse clock"),
        ],
        targets: vec![Target { against: Against::Peer("seatbelt"), limit: 0.2 }],
    }
}
