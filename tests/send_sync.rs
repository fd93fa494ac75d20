//! What may cross threads: the futures of protected functions, and the handles of policies.
#![cfg(feature = "macros")]
#![allow(clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]

use std::cell::Cell;
use std::fmt::Debug;
use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use resilience::{
    Budget, BudgetConfig, CircuitBreaker, CircuitBreakerConfig, CircuitBreakerStats, CircuitState, Error, Event,
    EventKind, Events, Fallback, Function, Health, KeyedCircuitBreaker, Layer, Permit, Pipeline, Registry, Retry,
    RetryConfig, RetryStats, Snapshot, Strategy, Timeout, TimeoutConfig, TimeoutStats, circuit_breaker, fallback,
    registry, retry, timeout,
};

fn handle<T: Send + Sync + Clone + Debug + Unpin + UnwindSafe + RefUnwindSafe + 'static>() {}
fn reading<T: Send + Sync + Clone + Debug + 'static>() {}
fn shared<T: Send + Sync + Debug + 'static>() {}
fn owned<T: Send + Debug>() {}

#[test]
fn handles_are_send_sync_clone_and_debug() {
    handle::<CircuitBreaker>();
    handle::<KeyedCircuitBreaker>();
    handle::<Retry>();
    handle::<Timeout>();
    handle::<Fallback>();
    handle::<Budget>();
    handle::<Registry>();
    handle::<Pipeline<((((), Retry), CircuitBreaker), Timeout)>>();
}

#[test]
fn readings_errors_and_events_are_send_sync_and_debug() {
    reading::<CircuitBreakerStats>();
    reading::<RetryStats>();
    reading::<CircuitBreakerConfig>();
    reading::<RetryConfig>();
    reading::<TimeoutConfig>();
    reading::<BudgetConfig>();
    reading::<Strategy>();
    reading::<TimeoutStats>();
    reading::<CircuitState>();
    reading::<Snapshot>();
    reading::<Health>();
    reading::<Event>();
    reading::<EventKind>();
    reading::<Error>();
    reading::<Layer>();
    shared::<Function>();
    owned::<Permit<'static>>();
    owned::<Events>();
    shared::<Events>();
    fn error<T: std::error::Error + Send + Sync + 'static>() {}
    error::<Error>();
}

#[test]
fn a_handle_says_what_it_is() {
    let breaker = CircuitBreaker::builder("send_sync::debug").build().unwrap();
    let text = format!("{breaker:?}");
    assert!(text.contains("CircuitBreaker") && text.contains("send_sync::debug") && text.contains("Closed"), "{text}");
    let permit = breaker.try_acquire().unwrap();
    assert!(format!("{permit:?}").contains("send_sync::debug"));
    permit.ignore();
    assert!(format!("{:?}", Retry::builder("send_sync::retry").build().unwrap()).contains("send_sync::retry"));
    assert!(format!("{:?}", Fallback::new("send_sync::fallback")).contains("send_sync::fallback"));
    let limit = Timeout::builder("send_sync::timeout").duration(std::time::Duration::from_secs(1)).build().unwrap();
    assert!(format!("{limit:?}").contains("send_sync::timeout"));
    assert!(format!("{:?}", Budget::builder("send_sync::budget").build().unwrap()).contains("send_sync::budget"));
    assert!(!format!("{:?}", registry()).is_empty());
}

type Outcome<T> = Result<T, Error>;

async fn step<T>(value: T) -> Outcome<T> {
    tokio::task::yield_now().await;
    Ok(value)
}

async fn refresh(_attempt: u32, _error: &Error) -> Outcome<()> {
    step(()).await
}

#[fallback(|_| step(0).await)]
#[timeout("1m")]
#[retry(max_attempts = 2, base_delay = "1ms", before_retry = refresh)]
#[circuit_breaker(name = "send_sync::full", failure_threshold = 5)]
#[timeout("1s")]
async fn full(value: u32) -> Outcome<u32> {
    step(value).await
}

#[retry(max_attempts = 2)]
async fn borrowing(text: &str, list: &mut Vec<u32>) -> Outcome<usize> {
    list.push(step(1).await?);
    Ok(text.len())
}

#[circuit_breaker(name = "send_sync::keyed", key = key)]
async fn generic<T: Clone + Send + Sync>(key: &str, value: T) -> Outcome<(T, usize)> {
    Ok((step(value.clone()).await?, key.len()))
}

/// Sent, and not shared: each attempt has a value of its own.
#[fallback(|error| Err(error))]
#[retry(max_attempts = 2, base_delay = "1ms", clone(value))]
async fn cloned(value: Cell<u32>) -> Result<Cell<u32>, Cell<u8>> {
    tokio::task::yield_now().await;
    Ok(Cell::new(value.replace(0)))
}

/// Without a retry the body owns what it is given.
#[fallback(|error| Err(error))]
#[circuit_breaker(name = "send_sync::moved")]
#[timeout("1s")]
async fn moved(value: Cell<u32>) -> Outcome<Cell<u32>> {
    tokio::task::yield_now().await;
    Ok(value)
}

struct Client {
    name: String,
}

impl Client {
    #[fallback(Self::cached)]
    #[retry(max_attempts = 2)]
    #[timeout("1s")]
    async fn get(&self, id: u32) -> Outcome<u32> {
        step(id + self.name.len() as u32).await
    }

    async fn cached(&self, id: u32) -> Outcome<u32> {
        step(id).await
    }

    #[circuit_breaker(name = "send_sync::shared")]
    async fn shared(self: Arc<Self>) -> Outcome<String> {
        step(self.name.clone()).await
    }
}

fn send<F: Future + Send>(future: F) -> F {
    future
}

#[tokio::test(start_paused = true)]
async fn futures_of_protected_functions_are_send() {
    assert_eq!(send(full(3)).await, Ok(3));
    let mut list = Vec::new();
    assert_eq!(send(borrowing("four", &mut list)).await, Ok(4));
    assert_eq!(send(generic("key", 5_u8)).await, Ok((5, 3)));
    let client = Client { name: "six".into() };
    assert_eq!(send(client.get(3)).await, Ok(6));
    assert_eq!(tokio::spawn(Arc::new(client).shared()).await.unwrap(), Ok("six".into()));
    assert_eq!(tokio::spawn(full(7)).await.unwrap(), Ok(7));
    assert_eq!(send(cloned(Cell::new(8))).await, Ok(Cell::new(8)));
    assert_eq!(send(moved(Cell::new(9))).await, Ok(Cell::new(9)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_breaker_serves_many_threads() {
    let tasks: Vec<_> = (0..64).map(|id| tokio::spawn(full(id))).collect();
    for (id, task) in (0..).zip(tasks) {
        assert_eq!(task.await.unwrap(), Ok(id));
    }
    assert!(registry().circuit_breaker("send_sync::full").unwrap().stats().total_successes >= 64);
}

/// A future that must not be sent is still a future.
#[retry(max_attempts = 2, base_delay = "1ms")]
async fn local(value: &std::rc::Rc<Cell<u32>>) -> Result<u32, std::rc::Rc<str>> {
    tokio::task::yield_now().await;
    value.set(value.get() + 1);
    if value.get() < 2 { Err("again".into()) } else { Ok(value.get()) }
}

#[tokio::test(start_paused = true)]
async fn a_future_that_is_not_send_works_on_its_thread() {
    assert_eq!(local(&std::rc::Rc::default()).await, Ok(2));
}

fn retry_and_breaker() -> Pipeline<(((), Retry), CircuitBreaker)> {
    let retry = Retry::builder("send_sync").base_delay(std::time::Duration::from_millis(1)).build().unwrap();
    Pipeline::new().layer(retry).layer(CircuitBreaker::builder("send_sync").build().unwrap())
}

#[tokio::test(start_paused = true)]
async fn the_future_of_a_pipeline_is_what_its_body_is() {
    let (pipeline, client) = (Arc::new(retry_and_breaker()), Arc::new(Client { name: "six".into() }));
    let (shared, owned) = (Arc::clone(&pipeline), Arc::clone(&client));
    let task = async move {
        let text = owned.name.clone();
        shared.call_async(|| async { step(owned.name.len() + text.len()).await }).await
    };
    assert_eq!(tokio::spawn(task).await.unwrap(), Ok(6));
    let answered = Pipeline::new().layer(Fallback::new("send_sync").with_async(|_| step(7)));
    assert_eq!(send(answered.call_async(|| async { Err(Error::rate_limited("shop", None)) })).await, Ok(7));
    assert_eq!(send(pipeline.call_async(|| client.get(3))).await, Ok(6));

    let count = std::rc::Rc::new(Cell::new(0));
    let body = || async {
        tokio::task::yield_now().await;
        count.set(count.get() + 1);
        if count.get() < 2 { Err::<u32, Error>(Error::rate_limited("shop", None)) } else { Ok(count.get()) }
    };
    assert_eq!(pipeline.call_async(body).await, Ok(2));
}
