//! A handler with a limit: its return type has no room for an error, so `refused` makes the response.

// [recipe]
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use resilience::timeout;

#[timeout("100ms", refused = |error| (StatusCode::GATEWAY_TIMEOUT, error.to_string()).into_response())]
async fn page(Path(millis): Path<u64>) -> Response {
    tokio::time::sleep(Duration::from_millis(millis)).await;
    "a page".into_response()
}

fn router() -> axum::Router {
    axum::Router::new().route("/{millis}", axum::routing::get(page))
}
// [/recipe]

use std::time::Duration;

use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router()).await });
    assert_eq!(reqwest::get(format!("{url}/0")).await?.text().await?, "a page");
    let late = reqwest::get(format!("{url}/5000")).await?;
    assert_eq!(late.status(), 504);
    println!("{}", late.text().await?);
    Ok(())
}
