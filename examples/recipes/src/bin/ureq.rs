//! A blocking client: `mode = deadline` leaves the thread alone, and the request gets the time that is left.

// [recipe]
use resilience::{circuit_breaker, deadline, retry, timeout};

#[derive(Debug, thiserror::Error)]
enum HttpError {
    #[error(transparent)]
    Http(#[from] ureq::Error),
    #[error(transparent)]
    Refused(#[from] resilience::Error),
}

impl HttpError {
    fn is_worth_a_retry(&self) -> bool {
        matches!(self, Self::Http(ureq::Error::StatusCode(429 | 500..) | ureq::Error::Io(_) | ureq::Error::Timeout(_)))
    }
}

#[timeout("5s", mode = deadline)]
#[retry(max_attempts = 3, base_delay = "5ms", retry_if = HttpError::is_worth_a_retry)]
#[circuit_breaker(name = "weather", ignore_if = |error| !error.is_worth_a_retry())]
fn weather(agent: &ureq::Agent, url: &str) -> Result<String, HttpError> {
    let request = agent.get(url).config().timeout_global(deadline::remaining()).build();
    Ok(request.call()?.body_mut().read_to_string()?)
}
// [/recipe]

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpListener;

/// Answers with these, one after the other.
fn serve(listener: &TcpListener, answers: &[&str]) -> io::Result<()> {
    for answer in answers {
        let (mut connection, _) = listener.accept()?;
        let lines = BufReader::new(&connection).lines();
        lines.map_while(Result::ok).find(|line| line.is_empty());
        let (status, body) = answer.split_once('|').unwrap_or((answer, ""));
        let length = body.len();
        write!(connection, "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/", listener.local_addr()?);
    std::thread::spawn(move || serve(&listener, &["503 Service Unavailable", "200 OK|sunny", "404 Not Found"]));
    let agent = ureq::Agent::new_with_defaults();
    assert_eq!(weather(&agent, &url)?, "sunny");
    assert!(matches!(weather(&agent, &url), Err(HttpError::Http(ureq::Error::StatusCode(404)))));
    let breaker = resilience::registry().circuit_breaker("weather").expect("it has been called");
    assert_eq!(breaker.stats().total_failures, 1);
    println!("sunny, at the second attempt");
    Ok(())
}
