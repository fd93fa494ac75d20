//! A repository behind `#[async_trait]`: attributes go on the methods of the `impl`.

// [recipe]
use async_trait::async_trait;
use resilience::{circuit_breaker, retry};

#[derive(Debug, Clone, PartialEq)]
struct User(u32);

#[derive(Debug, thiserror::Error)]
enum RepositoryError {
    #[error("no connection")]
    Disconnected,
    #[error(transparent)]
    Refused(#[from] resilience::Error),
}

#[async_trait]
trait Users: Send + Sync {
    async fn find(&self, id: u32) -> Result<Option<User>, RepositoryError>;
}

#[async_trait]
impl Users for Database {
    #[retry(max_attempts = 3, base_delay = "5ms")]
    #[circuit_breaker(name = "users_db", failure_threshold = 5)]
    async fn find(&self, id: u32) -> Result<Option<User>, RepositoryError> {
        self.query(id).await
    }
}
// [/recipe]

use std::sync::atomic::{AtomicU32, Ordering};

/// A database whose first answer is lost.
struct Database(AtomicU32);

impl Database {
    async fn query(&self, id: u32) -> Result<Option<User>, RepositoryError> {
        tokio::task::yield_now().await;
        match self.0.fetch_add(1, Ordering::Relaxed) {
            0 => Err(RepositoryError::Disconnected),
            _ => Ok((id != 0).then_some(User(id))),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), RepositoryError> {
    let users: Box<dyn Users> = Box::new(Database(AtomicU32::new(0)));
    assert_eq!(users.find(7).await?, Some(User(7)));
    // Not there is an answer of a `Result`, and no failure.
    assert_eq!(users.find(0).await?, None);
    let breaker = resilience::registry().circuit_breaker("users_db").expect("it has been called");
    assert_eq!((breaker.stats().total_calls, breaker.stats().total_failures), (3, 1));
    println!("found after {} calls", breaker.stats().total_calls);
    Ok(())
}
