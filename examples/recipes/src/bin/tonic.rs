//! A service and its client: `Status` is a type of another crate, so `refused` says what a refusal becomes.

// [recipe]
use resilience::{circuit_breaker, retry, timeout};
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

fn refused(error: resilience::Error) -> Status {
    match &error {
        resilience::Error::Timeout(_) => Status::deadline_exceeded(error.to_string()),
        _ => Status::unavailable(error.to_string()),
    }
}

/// The client: what may have been a hiccup is asked for again.
#[retry(max_attempts = 3, base_delay = "5ms", retry_if = |status| status.code() == Code::Unavailable, clone(client), refused = refused)]
#[circuit_breaker(name = "health", failure_if = |status| matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded))]
#[timeout("1s")]
async fn check(mut client: HealthClient<Channel>, service: &str) -> Result<i32, Status> {
    let request = HealthCheckRequest { service: service.to_owned() };
    Ok(client.check(request).await?.into_inner().status)
}

/// The service: its own work has a limit.
#[tonic::async_trait]
impl Health for Service {
    #[timeout("50ms", refused = refused)]
    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        let status = self.look_up(&request.get_ref().service).await?;
        Ok(Response::new(HealthCheckResponse { status }))
    }

    type WatchStream = tokio_stream::Empty<Result<HealthCheckResponse, Status>>;

    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("nobody watches"))
    }
}
// [/recipe]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;

#[derive(Default)]
struct Service(AtomicU32);

impl Service {
    /// Unavailable for the first that asks, and slow where it is asked to be.
    async fn look_up(&self, service: &str) -> Result<i32, Status> {
        if self.0.fetch_add(1, Ordering::Relaxed) == 0 {
            return Err(Status::unavailable("starting"));
        }
        if service == "slow" {
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        Ok(1)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let service = HealthServer::new(Service::default());
    tokio::spawn(Server::builder().add_service(service).serve_with_incoming(TcpListenerStream::new(listener)));
    let client = HealthClient::new(Channel::from_shared(url)?.connect().await?);
    assert_eq!(check(client.clone(), "shop").await?, 1);
    let status = check(client, "slow").await.expect_err("the service has a limit of its own");
    assert_eq!(status.code(), Code::DeadlineExceeded);
    println!("{}", status.message());
    Ok(())
}
