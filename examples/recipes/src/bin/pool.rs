//! A pool of connections (bb8; that of sqlx is used alike): the wait for a connection is inside of the limit.

// [recipe]
use std::io;

use bb8::{Pool, RunError};
use resilience::{circuit_breaker, retry, timeout};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[derive(Debug, thiserror::Error)]
enum QueryError {
    #[error("no connection")]
    Pool(#[from] RunError<io::Error>),
    #[error("the connection broke")]
    Broken(#[from] io::Error),
    #[error(transparent)]
    Refused(#[from] resilience::Error),
}

#[timeout("2s")]
#[retry(max_attempts = 3, base_delay = "5ms")]
#[circuit_breaker(name = "db", ignore_if = |error| matches!(error, QueryError::Pool(RunError::TimedOut)))]
async fn double(pool: &Pool<Connections>, number: u8) -> Result<u8, QueryError> {
    let mut connection = pool.get().await?;
    connection.write_u8(number).await?;
    Ok(connection.read_u8().await?)
}
// [/recipe]

use tokio::net::{TcpListener, TcpStream};

struct Connections(std::net::SocketAddr);

impl bb8::ManageConnection for Connections {
    type Connection = TcpStream;
    type Error = io::Error;

    async fn connect(&self) -> io::Result<TcpStream> {
        TcpStream::connect(self.0).await
    }

    async fn is_valid(&self, _: &mut TcpStream) -> io::Result<()> {
        Ok(())
    }

    fn has_broken(&self, connection: &mut TcpStream) -> bool {
        // Closed by the other side: nobody else writes unasked.
        !matches!(connection.try_read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}

/// Doubles numbers; it hangs up on the first that connects.
async fn serve(listener: TcpListener) -> io::Result<()> {
    drop(listener.accept().await?);
    loop {
        let (mut connection, _) = listener.accept().await?;
        tokio::spawn(async move {
            while let Ok(number) = connection.read_u8().await {
                connection.write_u8(number * 2).await?;
            }
            io::Result::Ok(())
        });
    }
}

#[tokio::main]
async fn main() -> Result<(), QueryError> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let pool = Pool::builder().max_size(1).build_unchecked(Connections(listener.local_addr()?));
    tokio::spawn(serve(listener));
    assert_eq!(double(&pool, 21).await?, 42);
    let breaker = resilience::registry().circuit_breaker("db").expect("it has been called");
    println!("42 after {} calls", breaker.stats().total_calls);
    Ok(())
}
