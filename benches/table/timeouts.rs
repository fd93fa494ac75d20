//! A timeout around a body that is ready at once, and around one that is pending once.

use benches::{Against, Contender, Role, Row, Target, enter};
use layered::{Execute, Service as _, Stack};
use resilience::timeout;
use seatbelt::ResilienceContext;
use tower::{Layer, service_fn};
use tower_resilience_timelimiter::TimeLimiterLayer;

use crate::floors::within;
use crate::work::{Down, LIMIT, id, on_runtime, pending, ready, service};

#[timeout("2s")]
async fn protected_ready(id: u32) -> Result<u32, Down> {
    ready(id).await
}

#[timeout("2s")]
async fn protected_pending(id: u32) -> Result<u32, Down> {
    pending(id).await
}

pub(crate) fn late(_: &str) -> Result<u32, Down> {
    Err(Down(504))
}

#[tokio_timeout::timeout(duration = "2s", on_error = late)]
async fn attribute_ready(id: u32) -> Result<u32, Down> {
    ready(id).await
}

#[tokio_timeout::timeout(duration = "2s", on_error = late)]
async fn attribute_pending(id: u32) -> Result<u32, Down> {
    pending(id).await
}

/// The parts that are the same for both bodies.
macro_rules! row {
    ($title:literal, $body:ident, $ours:ident, $attribute:ident, $limit:literal) => {{
        let _guard = enter();
        let context = ResilienceContext::new(tick::Clock::new_tokio());
        let seatbelt = (
            seatbelt::timeout::Timeout::layer("timeout", &context).timeout_error(|_| Down(504)).timeout(LIMIT),
            Execute::new($body::<Down>),
        )
            .into_service();
        let tower_resilience = TimeLimiterLayer::builder().timeout_duration(LIMIT).build();
        Row {
            title: $title,
            two_threads: false,
            contenders: vec![
                on_runtime(Role::Ours, "resilience, attribute", || $ours(id()))
                    .note("counts the function's calls as well"),
                on_runtime(Role::Peer, "tokio", || tokio::time::timeout(LIMIT, $body::<Down>(id()))),
                on_runtime(Role::Peer, "tokio-timeout, attribute", || $attribute(id())),
                service(Role::Peer, "tower", tower::timeout::Timeout::new(service_fn($body::<Down>), LIMIT)),
                service(Role::Peer, "tower-resilience", tower_resilience.layer(service_fn($body::<Down>))),
                Contender::new(Role::Peer, "seatbelt", move |n| {
                    benches::turns(n, || seatbelt.execute(id()));
                }),
                on_runtime(Role::Floor, "by hand", || within(LIMIT, $body::<Down>(id())))
                    .note("a tokio timer, made when the body is pending"),
            ],
            targets: vec![Target { against: Against::Peer("tokio"), limit: $limit }],
        }
    }};
}

pub(crate) fn at_once() -> Row {
    row!("timeout, body ready at first poll", ready, protected_ready, attribute_ready, 0.2)
}

pub(crate) fn after_a_yield() -> Row {
    row!("timeout, body pending once", pending, protected_pending, attribute_pending, 1.1)
}
