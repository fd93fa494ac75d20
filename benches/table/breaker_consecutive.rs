//! A closed breaker that counts failures in a row: the default of this project.

use benches::{Against, Contender, Role, Row, Target};
use failsafe::CircuitBreaker as _;
use resilience::{CircuitBreaker, circuit_breaker};
use tower::{Layer, service_fn};
use tower_resilience_circuitbreaker::CircuitBreakerLayer;

use crate::floors::Consecutive;
use crate::work::{Down, RECOVERY, id, on_runtime, page, ready, service, sync};

#[circuit_breaker(name = "consecutive_attribute")]
fn protected(id: u32) -> Result<u32, Down> {
    page(id)
}

#[arcly_http::prelude::circuit_breaker(threshold = 5, cooldown = "1h")]
async fn arcly(id: u32) -> Result<u32, Down> {
    page(id)
}

pub(crate) fn row() -> Row {
    let ours = CircuitBreaker::builder("consecutive_value").build().unwrap();
    let nobreak = nobreak::builder().with_failure_threshold(5).with_open_duration(RECOVERY).build();
    let backoff = failsafe::backoff::constant(RECOVERY);
    let policy = failsafe::failure_policy::consecutive_failures(5, backoff);
    let failsafe = failsafe::Config::new().failure_policy(policy).build();
    let breaker = breaker::CircuitBreaker::new(
        breaker::CircuitBreakerConfig::builder().consecutive_failures(5).failure_rate_threshold(0.0).build(),
    );
    let tower = CircuitBreakerLayer::builder().consecutive_failures(5).build().unwrap();
    let floor = Consecutive::default();
    Row {
        title: "breaker, closed, consecutive failures",
        two_threads: true,
        contenders: vec![
            sync(Role::Ours, "resilience, value", move || ours.call(|| page::<Down>(id()))),
            sync(Role::Ours, "resilience, attribute", || protected(id())).note("counts the function's calls as well"),
            sync(Role::Peer, "nobreak", move || nobreak.call(|| page::<Down>(id()))),
            sync(Role::Peer, "failsafe", move || failsafe.call(|| page::<Down>(id()))),
            Contender::new(Role::Peer, "breaker", move |n| {
                benches::turns(n, || breaker.call(|| ready::<Down>(id())));
            })
            .note("async only"),
            service(Role::Peer, "tower-resilience", tower.layer(service_fn(ready::<Down>))).note("async only"),
            on_runtime(Role::Lesser, "arcly-http, attribute", || arcly(id()))
                .note("async only; a lifetime count that no success resets"),
            sync(Role::Floor, "by hand", move || floor.call(|| page::<Down>(id()))).note("no counts of successes"),
        ],
        targets: vec![Target { against: Against::Peer("nobreak"), limit: 0.5 }],
    }
}
