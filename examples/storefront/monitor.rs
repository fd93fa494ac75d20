//! The monitoring routes: what the registry knows, over HTTP.

use std::collections::BTreeMap;
use std::future::Future;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use resilience::{CircuitBreakerStats, HealthStatus};
use serde::Serialize;
use serde_json::json;
use tokio::sync::watch;

/// What there is to look at.
pub const PATHS: [&str; 6] = [
    "/api/v1/resilience/circuit-breakers",
    "/api/v1/resilience/circuit-breakers/inventory",
    "/api/v1/resilience/health",
    "/api/v1/resilience/summary",
    "/readyz",
    "/metrics",
];

/// How far the service is on its way down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Serving,
    /// Still answers, but asks to be left out of new traffic.
    Draining,
    /// Takes no new connections.
    Closing,
}

#[derive(Clone)]
struct Shared {
    phase: watch::Receiver<Phase>,
    prometheus: PrometheusHandle,
}

/// The monitoring routes and the switch that ends the service.
pub struct Monitor {
    phase: watch::Sender<Phase>,
    prometheus: PrometheusHandle,
}

impl Monitor {
    /// Installs the recorder of the whole process.
    pub fn install() -> Result<Self, String> {
        let prometheus = PrometheusBuilder::new().install_recorder().map_err(|error| error.to_string())?;
        Ok(Self { phase: watch::Sender::new(Phase::Serving), prometheus })
    }

    pub fn routes(&self) -> Router {
        let api = Router::new()
            .route("/circuit-breakers", get(circuit_breakers))
            .route("/circuit-breakers/{name}", get(circuit_breaker))
            .route("/health", get(health))
            .route("/summary", get(|| async { Json(resilience::registry().summary()) }));
        Router::new()
            .nest("/api/v1/resilience", api)
            .route("/readyz", get(readyz))
            .route("/metrics", get(metrics))
            .with_state(Shared { phase: self.phase.subscribe(), prometheus: self.prometheus.clone() })
    }

    /// `/readyz` says 503 from now on.
    pub fn drain(&self) {
        self.phase.send_replace(Phase::Draining);
    }

    /// Ends every server that waits for [`closing`](Self::closing).
    pub fn close(&self) {
        self.phase.send_replace(Phase::Closing);
    }

    /// Ready when the service takes no new connections.
    pub fn closing(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut phase = self.phase.subscribe();
        async move {
            // An error means that the monitor is gone: that ends the service too.
            let _ = phase.wait_for(|phase| *phase == Phase::Closing).await;
        }
    }
}

/// Every breaker by its name; that of one key is called `name[key]`.
async fn circuit_breakers() -> Json<BTreeMap<String, CircuitBreakerStats>> {
    Json(resilience::registry().snapshot().circuit_breakers)
}

async fn circuit_breaker(Path(name): Path<String>) -> Response {
    match resilience::registry().circuit_breaker(&name) {
        Some(breaker) => Json(breaker.stats()).into_response(),
        None => problem(StatusCode::NOT_FOUND, &format!("there is no circuit breaker `{name}`")),
    }
}

/// 503 when more than half of the breakers are open. A load balancer should not ask here but at `/readyz`: when a
/// supplier is down, this service still has its fallbacks.
async fn health() -> Response {
    let health = resilience::registry().health();
    let status = if health.status == HealthStatus::Critical { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (status, Json(health)).into_response()
}

/// 503 only while draining. Suppliers that are down are named and do not take the service out of rotation.
async fn readyz(State(shared): State<Shared>) -> Response {
    let open = resilience::registry().health().open_circuits;
    let (code, status) = match (*shared.phase.borrow(), open.is_empty()) {
        (Phase::Serving, true) => (StatusCode::OK, "pass"),
        (Phase::Serving, false) => (StatusCode::OK, "warn"),
        (Phase::Draining | Phase::Closing, _) => (StatusCode::SERVICE_UNAVAILABLE, "fail"),
    };
    body(code, "application/health+json", &json!({ "status": status, "degraded": open }))
}

/// The policies count for themselves; a scrape carries their totals over.
async fn metrics(State(shared): State<Shared>) -> Response {
    resilience::metrics::publish();
    shared.prometheus.run_upkeep();
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], shared.prometheus.render()).into_response()
}

/// RFC 9457.
fn problem(status: StatusCode, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or_default();
    body(
        status,
        "application/problem+json",
        &json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail }),
    )
}

fn body(status: StatusCode, kind: &str, value: &impl Serialize) -> Response {
    (status, [(CONTENT_TYPE, kind.to_owned())], serde_json::to_string(value).unwrap_or_default()).into_response()
}
