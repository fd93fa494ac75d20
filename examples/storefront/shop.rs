//! The storefront itself: an axum service with one route per supplier.

use std::future::Future;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use serde_json::json;

use crate::wire::{ApiError, Price, Receipt, Stock};

/// What the storefront asks of its suppliers.
pub trait Suppliers: Send + Sync + 'static {
    fn inventory(&self, sku: u32) -> impl Future<Output = Result<Stock, ApiError>> + Send;
    /// Blocks: the pricing library is an old one.
    fn price(&self, sku: u32) -> Result<Price, ApiError>;
    fn warehouse(&self, id: &str, sku: u32) -> impl Future<Output = Result<Stock, ApiError>> + Send;
    fn charge(&self, order: u32) -> impl Future<Output = Result<Receipt, ApiError>> + Send;
}

/// The storefront's routes.
pub fn routes<S: Suppliers>(suppliers: S) -> Router {
    Router::new()
        .route("/stock/{sku}", get(stock::<S>))
        .route("/price/{sku}", get(price::<S>))
        .route("/warehouse/{id}/{sku}", get(warehouse::<S>))
        .route("/orders/{order}", post(order::<S>))
        .with_state(Arc::new(suppliers))
}

async fn stock<S: Suppliers>(State(suppliers): State<Arc<S>>, Path(sku): Path<u32>) -> Response {
    reply(suppliers.inventory(sku).await)
}

async fn price<S: Suppliers>(State(suppliers): State<Arc<S>>, Path(sku): Path<u32>) -> Response {
    match tokio::task::spawn_blocking(move || suppliers.price(sku)).await {
        Ok(price) => reply(price),
        Err(panic) => (StatusCode::INTERNAL_SERVER_ERROR, panic.to_string()).into_response(),
    }
}

async fn warehouse<S: Suppliers>(State(suppliers): State<Arc<S>>, Path((id, sku)): Path<(String, u32)>) -> Response {
    reply(suppliers.warehouse(&id, sku).await)
}

async fn order<S: Suppliers>(State(suppliers): State<Arc<S>>, Path(order): Path<u32>) -> Response {
    reply(suppliers.charge(order).await)
}

fn reply<T: Serialize>(result: Result<T, ApiError>) -> Response {
    let error = match result {
        Ok(value) => return Json(value).into_response(),
        Err(error) => error,
    };
    let status = match &error {
        ApiError::Declined => StatusCode::PAYMENT_REQUIRED,
        ApiError::Refused(_) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_GATEWAY,
    };
    let mut response = (status, Json(json!({ "error": error.to_string() }))).into_response();
    if let Some(after) = error.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, after.as_secs().saturating_add(1).into());
    }
    response
}
