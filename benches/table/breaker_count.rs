//! A closed breaker with an exact window of 100 calls and a rate, on one thread and on two.

use std::time::Duration;

use benches::{Against, Contender, Role, Row, Target};
use failsafe::CircuitBreaker as _;
use resilience::{CircuitBreaker, circuit_breaker};
use tower::{Layer, service_fn};
use tower_resilience_circuitbreaker::CircuitBreakerLayer;

use crate::floors::CountWindow;
use crate::work::{Down, RECOVERY, id, page, ready, service, sync};

#[circuit_breaker(name = "count_attribute", failure_rate = 0.5, window = 100)]
fn protected(id: u32) -> Result<u32, Down> {
    page(id)
}

fn contenders() -> Vec<Contender> {
    let ours = CircuitBreaker::builder("count_value").failure_rate(0.5).window(100).build().unwrap();
    let recloser = recloser::Recloser::custom().error_rate(0.5).closed_len(100).open_wait(RECOVERY).build();
    let backoff = failsafe::backoff::constant(RECOVERY);
    let window = Duration::from_secs(30);
    let policy = failsafe::failure_policy::success_rate_over_time_window(0.5, 100, window, backoff);
    let failsafe = failsafe::Config::new().failure_policy(policy).build();
    let breaker = breaker::CircuitBreaker::new(
        breaker::CircuitBreakerConfig::builder()
            .consecutive_failures(u32::MAX)
            .failure_rate_threshold(0.5)
            .sliding_window_size(100)
            .minimum_calls(100)
            .wait_duration(RECOVERY)
            .build(),
    );
    let tower = CircuitBreakerLayer::builder()
        .failure_rate_threshold(0.5)
        .sliding_window_size(100)
        .minimum_number_of_calls(100)
        .wait_duration_in_open(RECOVERY)
        .build()
        .unwrap();
    let floor = CountWindow::new();
    vec![
        sync(Role::Ours, "resilience, value", move || ours.call(|| page::<Down>(id()))),
        sync(Role::Ours, "resilience, attribute", || protected(id())).note("counts the function's calls as well"),
        sync(Role::Peer, "recloser", move || recloser.call(|| page::<Down>(id()))),
        Contender::new(Role::Peer, "breaker", move |n| {
            benches::turns(n, || breaker.call(|| ready::<Down>(id())));
        })
        .note("async only"),
        sync(Role::Lesser, "failsafe", move || failsafe.call(|| page::<Down>(id())))
            .note("a moving average over time, no exact window"),
        service(Role::Lesser, "tower-resilience", tower.layer(service_fn(ready::<Down>)))
            .note("async only; its window does not slide"),
        sync(Role::Floor, "by hand", move || floor.call(|| page::<Down>(id()))).note("striped counter"),
    ]
}

pub(crate) fn row() -> Row {
    Row {
        title: "breaker, closed, exact count window of 100 with rate",
        two_threads: true,
        contenders: contenders(),
        targets: vec![
            Target { against: Against::Peer("recloser"), limit: 0.5 },
            Target { against: Against::OneThread, limit: 1.5 },
        ],
    }
}
