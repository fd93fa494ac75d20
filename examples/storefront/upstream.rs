//! The other side: a real HTTP server on loopback that misbehaves as the script says.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::script::{Fault, Script};

/// A running upstream.
pub struct Upstream {
    script: Script,
    requests: Mutex<BTreeMap<String, u64>>,
}

/// Starts an upstream on a free port.
pub async fn start(script: Script) -> io::Result<(SocketAddr, Arc<Upstream>)> {
    let upstream = Arc::new(Upstream { script, requests: Mutex::default() });
    let with_token = Router::new()
        .route("/inventory/{sku}", get(|| answer(json!({ "units": 7 }))))
        .layer(middleware::from_fn_with_state(Arc::clone(&upstream), authorize));
    let routes = Router::new()
        .merge(with_token)
        .route("/pricing/{sku}", get(|| answer(json!({ "cents": 1999 }))))
        .route("/warehouse/{id}/{sku}", get(|| answer(json!({ "units": 3 }))))
        .route("/billing/{order}", post(charge))
        .route("/token", post(token))
        .layer(middleware::from_fn_with_state(Arc::clone(&upstream), misbehave))
        .with_state(Arc::clone(&upstream));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok((address, upstream))
}

impl Upstream {
    /// Requests received, by endpoint.
    pub fn requests(&self, endpoint: &str) -> u64 {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).get(endpoint).copied().unwrap_or(0)
    }

    /// Counts a request and returns its number.
    fn count(&self, endpoint: &str) -> u64 {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let number = requests.entry(endpoint.to_owned()).or_default();
        *number += 1;
        *number
    }
}

/// Stands in front of every route and plays the script.
async fn misbehave(State(upstream): State<Arc<Upstream>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let endpoint = path.split('/').nth(1).unwrap_or_default();
    let number = upstream.count(endpoint);
    match upstream.script.fault(path) {
        Some(Fault::EveryThird) if number.is_multiple_of(3) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(Fault::Fail) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(Fault::Throttle) => (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "1")]).into_response(),
        Some(Fault::Hang) => {
            tokio::time::sleep(upstream.script.hang()).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        Some(Fault::EveryThird) | None => next.run(request).await,
    }
}

/// 401 until the caller brings the token of today.
async fn authorize(
    State(upstream): State<Arc<Upstream>>,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    let expected = format!("Bearer {}", upstream.script.token());
    if headers.get(AUTHORIZATION).is_some_and(|given| *given == *expected) {
        next.run(request).await
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
}

async fn answer(body: Value) -> Json<Value> {
    tokio::time::sleep(Duration::from_millis(10)).await;
    Json(body)
}

async fn token(State(upstream): State<Arc<Upstream>>) -> Json<Value> {
    answer(json!({ "token": upstream.script.token() })).await
}

/// Every tenth card is declined: an answer, not a failure, and nothing may turn it into a yes.
async fn charge(axum::extract::Path(order): axum::extract::Path<u32>) -> Response {
    let paid = answer(json!({ "paid": true })).await;
    if order.is_multiple_of(10) { StatusCode::PAYMENT_REQUIRED.into_response() } else { paid.into_response() }
}
