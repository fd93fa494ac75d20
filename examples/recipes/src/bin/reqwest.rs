//! A client that obeys `Retry-After` (429) and refreshes its token (401).

// [recipe]
use std::time::Duration;

use reqwest::{Response, StatusCode, header};
use resilience::{circuit_breaker, retry, timeout};

#[derive(Debug, thiserror::Error)]
enum ApiError {
    #[error("status {status}")]
    Status { status: StatusCode, retry_after: Option<Duration> },
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error(transparent)]
    Refused(#[from] resilience::Error),
}

impl ApiError {
    fn is_worth_a_retry(&self) -> bool {
        match self {
            Self::Status { status, .. } => status.is_server_error() || matches!(status.as_u16(), 401 | 429),
            Self::Http(_) => true,
            Self::Refused(_) => false,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        if let Self::Status { retry_after, .. } = self { *retry_after } else { None }
    }
}

impl Client {
    #[timeout("10s")]
    #[retry(
        max_attempts = 4,
        base_delay = "5ms",
        retry_if = ApiError::is_worth_a_retry,
        retry_after = ApiError::retry_after,
        before_retry = |_, error| self.refresh(error).await,
    )]
    #[circuit_breaker(name = "api", failure_if = |error| !matches!(error, ApiError::Status { status, .. } if status.is_client_error()))]
    async fn get(&self, path: &str) -> Result<String, ApiError> {
        let request = self.http.get(format!("{}{path}", self.url)).bearer_auth(self.token.load(Ordering::Relaxed));
        Ok(checked(request.send().await?)?.text().await?)
    }

    /// A token that is not taken is replaced before the next attempt.
    async fn refresh(&self, error: &ApiError) -> Result<(), ApiError> {
        if let ApiError::Status { status: StatusCode::UNAUTHORIZED, .. } = error {
            self.token.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

fn checked(response: Response) -> Result<Response, ApiError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let seconds = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Err(ApiError::Status { status, retry_after: seconds.map(Duration::from_secs) })
}
// [/recipe]

use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::HeaderMap;
use tokio::net::TcpListener;

struct Client {
    http: reqwest::Client,
    url: String,
    token: AtomicU32,
}

static REQUESTS: AtomicU32 = AtomicU32::new(0);

/// Takes the token 1, and asks for a second of patience at first.
async fn answer(headers: HeaderMap) -> (StatusCode, HeaderMap, &'static str) {
    let mut hint = HeaderMap::new();
    if headers.get(header::AUTHORIZATION).is_none_or(|token| token != "Bearer 1") {
        return (StatusCode::UNAUTHORIZED, hint, "");
    }
    if REQUESTS.fetch_add(1, Ordering::Relaxed) == 0 {
        hint.insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
        return (StatusCode::TOO_MANY_REQUESTS, hint, "");
    }
    (StatusCode::OK, hint, "an answer")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let router = axum::Router::new().route("/", axum::routing::get(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = Client { http: reqwest::Client::new(), url, token: AtomicU32::new(0) };
    assert_eq!(client.get("/").await?, "an answer");
    let waited = resilience::registry().retries()[0].stats().backoff;
    assert!(waited >= Duration::from_secs(1), "{waited:?}");
    println!("an answer, with the second token, {waited:.1?} later");
    Ok(())
}
