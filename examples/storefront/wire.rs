//! The bare HTTP calls to the suppliers, shared by the client with the attributes and the one without.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Method, RequestBuilder};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

/// Units in stock. `fresh` is false when it is a guess.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Stock {
    pub units: u32,
    #[serde(default = "yes")]
    pub fresh: bool,
}

/// A price. `fresh` is false when it is the list price.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Price {
    pub cents: u32,
    #[serde(default = "yes")]
    pub fresh: bool,
}

/// An accepted order. `fresh` is false when it is charged later.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Receipt {
    pub paid: bool,
    #[serde(default = "yes")]
    pub fresh: bool,
}

fn yes() -> bool {
    true
}

/// Why a supplier gave no answer.
#[derive(Debug, Clone)]
pub enum ApiError {
    /// An HTTP status other than success.
    Status { code: u16, retry_after: Option<Duration> },
    /// 401, with the token that was refused.
    Unauthorized { token: u64 },
    /// 402: the card was declined.
    Declined,
    /// No HTTP answer at all.
    Transport(String),
    /// A policy refused: the call was not made, or took too long.
    Refused(resilience::Error),
}

/// What lets a refusal out of an annotated function.
impl From<resilience::Error> for ApiError {
    fn from(refused: resilience::Error) -> Self {
        Self::Refused(refused)
    }
}

impl ApiError {
    /// The server's hint.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::Refused(refused) => refused.retry_after(),
            _ => None,
        }
    }

    /// The supplier is well and says no: nothing a breaker should hold against it.
    pub fn is_an_answer(&self) -> bool {
        matches!(self, Self::Declined | Self::Unauthorized { .. } | Self::Status { code: 429, .. })
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status { code, .. } => write!(f, "the supplier answered {code}"),
            Self::Unauthorized { .. } => f.write_str("the supplier did not accept our token"),
            Self::Declined => f.write_str("the card was declined"),
            Self::Transport(why) => write!(f, "no answer from the supplier: {why}"),
            Self::Refused(refused) => refused.fmt(f),
        }
    }
}

impl From<reqwest::Error> for ApiError {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error.to_string())
    }
}

impl From<io::Error> for ApiError {
    fn from(error: io::Error) -> Self {
        Self::Transport(error.to_string())
    }
}

/// A connection to the suppliers.
pub struct Wire {
    http: reqwest::Client,
    suppliers: SocketAddr,
    token: Mutex<u64>,
}

impl Wire {
    pub fn new(suppliers: SocketAddr) -> Self {
        Self { http: reqwest::Client::new(), suppliers, token: Mutex::default() }
    }

    pub fn suppliers(&self) -> SocketAddr {
        self.suppliers
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("http://{}{path}", self.suppliers))
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        send(self.request(Method::GET, path), 0).await
    }

    pub async fn post<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        send(self.request(Method::POST, path), 0).await
    }

    pub async fn get_with_token<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        let token = *self.token.lock().await;
        send(self.request(Method::GET, path).bearer_auth(token), token).await
    }

    /// After a 401 fetches a new token, once for all callers that hold the same old one.
    pub async fn renew_token_after(&self, error: &ApiError) -> Result<(), ApiError> {
        #[derive(Deserialize)]
        struct Token {
            token: u64,
        }
        if let ApiError::Unauthorized { token: refused } = error {
            let mut token = self.token.lock().await;
            if *token == *refused {
                *token = self.post::<Token>("/token").await?.token;
            }
        }
        Ok(())
    }
}

async fn send<T: DeserializeOwned>(request: RequestBuilder, token: u64) -> Result<T, ApiError> {
    let response = request.send().await?;
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    match response.status().as_u16() {
        200..300 => Ok(response.json().await?),
        401 => Err(ApiError::Unauthorized { token }),
        402 => Err(ApiError::Declined),
        code => Err(ApiError::Status { code, retry_after: retry_after.map(Duration::from_secs) }),
    }
}

/// A GET that blocks its thread, as an old client library would.
pub fn get_blocking<T: DeserializeOwned>(suppliers: SocketAddr, path: &str) -> Result<T, ApiError> {
    let mut stream = TcpStream::connect(suppliers)?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or_default();
    match head.split(' ').nth(1).and_then(|code| code.parse().ok()) {
        Some(200) => serde_json::from_str(body).map_err(|error| ApiError::Transport(error.to_string())),
        Some(code) => Err(ApiError::Status { code, retry_after: None }),
        None => Err(ApiError::Transport("not an HTTP answer".to_owned())),
    }
}
