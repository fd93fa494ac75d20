//! Subscriptions: what each policy tells, and what a slow reader is told.
#![cfg(feature = "macros")]

use std::error::Error as StdError;
use std::future::ready;
use std::io;
use std::time::Duration;

use futures_executor::block_on;
use futures_util::StreamExt;
use resilience::retry::Attempts;
use resilience::{
    CircuitBreaker, CircuitState, Error, Event, EventKind, Events, Fault, KeyedCircuitBreaker, Pipeline, PolicyKind,
    RecvError, Registry, Retry, circuit_breaker, fallback, retry, timeout,
};

/// The events of one policy that have been sent so far.
fn of(events: &mut Events, name: &str) -> Vec<EventKind> {
    std::iter::from_fn(|| events.try_recv().ok())
        .filter(|event| event.name().ends_with(name))
        .map(|e| e.kind())
        .collect()
}

#[fallback(|_| Ok(7))]
#[retry(name = "events_retry", max_attempts = 2, base_delay = "10ms", jitter = none)]
#[circuit_breaker(name = "events_breaker", failure_threshold = 2)]
async fn broken() -> Result<u32, Error> {
    Err(Error::rate_limited("upstream", None))
}

#[tokio::test(start_paused = true)]
async fn every_policy_tells_what_it_does() {
    let mut events = resilience::registry().subscribe();
    assert_eq!(broken().await, Ok(7));
    assert_eq!(broken().await, Ok(7));
    let mut told = Vec::new();
    while let Ok(event) = events.try_recv() {
        if ["events_retry", "events_breaker", "events::broken"].contains(&event.name()) {
            told.push(event);
        }
    }
    let is = |event: &Event, policy: PolicyKind| event.policy() == policy;
    assert!(is(&told[0], PolicyKind::Retry));
    assert!(
        matches!(told[0].kind(), EventKind::Retried { attempt: 1, delay, .. } if delay == Duration::from_millis(10))
    );
    assert!(is(&told[1], PolicyKind::CircuitBreaker));
    assert!(matches!(told[1].kind(), EventKind::StateChanged { from: CircuitState::Closed, to: CircuitState::Open }));
    assert!(is(&told[2], PolicyKind::Fallback));
    assert!(matches!(told[2].kind(), EventKind::FellBack { ok: true, .. }));
    assert!(is(&told[3], PolicyKind::CircuitBreaker));
    assert!(matches!(told[3].kind(), EventKind::Refused { retry_after: Some(_), .. }));
    assert!(matches!(told[4].kind(), EventKind::FellBack { ok: true, .. }));
    assert_eq!(told.len(), 5);
    assert!(told.is_sorted_by_key(Event::at));
}

/// An error whose text is as long as what a server sent.
struct Page(usize);

impl std::fmt::Display for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (0..self.0).try_for_each(|_| f.write_str("€"))
    }
}

#[derive(Debug)]
#[allow(dead_code, reason = "read by `Debug`")]
struct Body(String);

#[retry(name = "events_page", max_attempts = 2, base_delay = "1ms")]
fn page(length: usize) -> Result<(), Page> {
    Err(Page(length))
}

#[retry(name = "events_body", max_attempts = 2, base_delay = "1ms")]
fn body(text: &str) -> Result<(), Body> {
    Err(Body(text.to_owned()))
}

#[test]
fn the_text_of_an_error_is_cut_at_256_characters() {
    let _clock = resilience::clock::manual();
    let mut events = resilience::registry().subscribe();
    assert!(page(256).is_err() && page(257).is_err() && body(&"x".repeat(1_000_000)).is_err());
    let texts = |told: Vec<EventKind>| {
        let text = |kind| if let EventKind::Retried { error, .. } = kind { Some(error) } else { None };
        told.into_iter().filter_map(text).collect::<Vec<String>>()
    };
    let mut told = Vec::new();
    while let Ok(event) = events.try_recv() {
        if ["events_page", "events_body"].contains(&event.name()) {
            told.push(event.kind());
        }
    }
    let [whole, cut, debug] = &texts(told)[..] else { panic!() };
    assert_eq!((whole, cut), (&"€".repeat(256), &("€".repeat(255) + "…")));
    assert_eq!((debug.chars().count(), debug.starts_with("Body(\"xxx"), debug.ends_with("x…")), (256, true, true));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_tells_its_limit() {
    #[timeout(duration = "1s", name = "events_timeout")]
    async fn hangs() -> Result<(), Error> {
        std::future::pending().await
    }
    let mut events = resilience::registry().subscribe();
    assert!(hangs().await.is_err());
    let told = of(&mut events, "events_timeout");
    assert!(matches!(told[..], [EventKind::TimedOut { limit, .. }] if limit == Duration::from_secs(1)), "{told:?}");
}

#[tokio::test]
async fn a_slow_subscriber_is_told_how_many_events_it_lost() {
    let registry = Registry::new();
    let breaker = registry.register(CircuitBreaker::builder("flapping").build().unwrap());
    let mut events = registry.subscribe();
    for _ in 0..1000 {
        breaker.force_open();
        breaker.force_closed();
    }
    assert_eq!(events.recv().await.unwrap_err(), RecvError::Lagged(2000 - 1024));
    let mut kept = 0;
    while events.try_recv().is_ok() {
        kept += 1;
    }
    assert_eq!(kept, 1024);
    assert_eq!(events.try_recv().unwrap_err(), RecvError::Empty);
}

#[test]
fn a_subscriber_hears_what_follows_its_subscription() {
    let registry = Registry::new();
    let breaker = registry.register(CircuitBreaker::builder("late").build().unwrap());
    breaker.force_open();
    let mut events = registry.subscribe();
    assert_eq!(events.try_recv().unwrap_err(), RecvError::Empty);
    breaker.force_closed();
    assert_eq!(events.try_recv().unwrap().name(), "late");
}

#[test]
fn subscribers_of_one_registry_hear_nothing_of_another() {
    let (one, other) = (Registry::new(), Registry::new());
    let breaker = one.register(CircuitBreaker::builder("b").build().unwrap());
    let mut events = other.subscribe();
    breaker.force_open();
    assert_eq!(events.try_recv().unwrap_err(), RecvError::Empty);
}

#[tokio::test]
async fn the_end_of_the_registry_ends_the_subscription() {
    let registry = Registry::new();
    let mut events = registry.subscribe();
    drop(registry);
    assert_eq!(events.recv().await.unwrap_err(), RecvError::Closed);
}

#[test]
fn a_policy_that_outlives_its_registry_does_not_keep_the_subscription_open() {
    let registry = Registry::new();
    let mut events = registry.subscribe();
    let breaker = registry.register(CircuitBreaker::builder("b").build().unwrap());
    breaker.force_open();
    drop(registry);
    breaker.reset();
    assert_eq!(of(&mut events, "b").len(), 1);
    assert_eq!(events.try_recv().unwrap_err(), RecvError::Closed);
}

#[test]
fn keys_made_before_their_family_is_registered_are_heard() {
    let each = CircuitBreaker::builder("family").failure_threshold(1);
    let family = KeyedCircuitBreaker::new(each, 2).unwrap();
    let early = family.get("early");
    let registry = Registry::new();
    let mut events = registry.subscribe();
    registry.register(family);
    early.force_open();
    assert_eq!(of(&mut events, "family[early]").len(), 1);
}

#[test]
fn the_first_registry_hears_a_policy() {
    let (first, second) = (Registry::new(), Registry::new());
    let breaker = first.register(CircuitBreaker::builder("b").build().unwrap());
    second.register(breaker.clone());
    let (mut heard, mut unheard) = (first.subscribe(), second.subscribe());
    breaker.force_open();
    assert_eq!((of(&mut heard, "b").len(), of(&mut unheard, "b").len()), (1, 0));
}

/// What is told of the error that `drive` meets, which fails once, under a retry that is no attribute.
fn retried<X>(drive: impl FnOnce(&Retry) -> Result<(), X>) -> String {
    let registry = Registry::new();
    let retry = Retry::builder("words")
        .max_attempts(2)
        .base_delay(Duration::from_nanos(1))
        .build()
        .expect("its options are right");
    let retry = registry.register(retry);
    let mut events = registry.subscribe();
    assert!(drive(&retry).is_err());
    match &of(&mut events, "words")[..] {
        [EventKind::Retried { error, .. }] => error.clone(),
        told => panic!("{told:?}"),
    }
}

#[derive(Debug)]
struct Mute;

type Boxed = Box<dyn StdError>;
type BoxedSend = Box<dyn StdError + Send + Sync>;

#[test]
fn a_retry_that_is_no_attribute_words_common_errors_and_names_others_by_their_type() {
    fn is_told<X: 'static>(error: fn() -> X, words: &str) {
        assert_eq!(retried(|retry| retry.call(|| Err(error()))), words);
        assert_eq!(retried(|retry| block_on(retry.call_async(|| ready(Err(error()))))), words);
    }
    is_told(|| "down", "down");
    is_told(|| "down".to_owned(), "down");
    is_told(|| io::Error::other("down"), "down");
    is_told(|| Boxed::from("down"), "down");
    is_told(|| BoxedSend::from("down"), "down");
    is_told(|| Error::rate_limited("server", None), &Error::rate_limited("server", None).to_string());
    is_told(|| Mute, "events::Mute");
    is_told(|| "x".repeat(300), &("x".repeat(255) + "…"));
}

#[test]
fn a_retry_in_a_pipeline_names_an_error_by_its_type() {
    let fails = || Err::<(), _>(Mute);
    assert_eq!(retried(|retry| Pipeline::new().layer(retry.clone()).layer(breaker()).call(fails)), "events::Mute");
    let judged = |attempts: &mut Attempts<'_>, outcome: &Result<(), Fault<Mute>>| match outcome {
        Ok(()) => attempts.stop(true),
        Err(fault) => attempts.after_fault(fault),
    };
    assert_eq!(retried(|retry| Pipeline::new().layer(retry.clone().with(judged)).call(fails)), "events::Mute");
}

fn breaker() -> CircuitBreaker {
    CircuitBreaker::builder("words").failure_threshold(1).build().expect("its options are right")
}

impl From<Error> for Mute {
    fn from(_: Error) -> Self {
        Self
    }
}

#[test]
fn a_breaker_that_is_no_attribute_words_an_error_in_a_box() {
    let last_error = |breaker: CircuitBreaker| breaker.stats().last_error;
    let (first, second, third) = (breaker(), breaker(), breaker());
    let _ = first.call(|| Err::<(), _>(Boxed::from("down")));
    let _ = block_on(second.call_async(|| ready(Err::<(), _>(BoxedSend::from("down")))));
    let _ = third.call(|| Err::<(), _>(Mute));
    assert_eq!([first, second].map(last_error), [Some("down".to_owned()), Some("down".to_owned())]);
    assert_eq!(last_error(third).as_deref(), Some("events::Mute"));
}

#[tokio::test]
async fn events_are_a_stream_that_wakes_and_ends() {
    let registry = Registry::new();
    let mut events = registry.subscribe();
    let breaker = registry.register(CircuitBreaker::builder("streamed").build().unwrap());
    let reader = tokio::spawn(async move {
        let mut names = Vec::new();
        while let Some(event) = events.next().await {
            names.push(event.unwrap().name().to_owned());
        }
        names
    });
    for turn in 0..2 {
        // The reader waits by now.
        tokio::task::yield_now().await;
        if turn == 0 { breaker.force_open() } else { breaker.force_closed() }
    }
    tokio::task::yield_now().await;
    drop(registry);
    assert_eq!(reader.await.unwrap(), ["streamed", "streamed"]);
}

#[tokio::test]
async fn a_stream_that_lags_says_how_many_it_has_lost() {
    let registry = Registry::new();
    let mut events = registry.subscribe();
    let breaker = registry.register(CircuitBreaker::builder("lagging").build().unwrap());
    for _ in 0..600 {
        breaker.force_open();
        breaker.force_closed();
    }
    assert_eq!(events.next().await.unwrap().unwrap_err(), RecvError::Lagged(1200 - 1024));
    assert_eq!(events.by_ref().take(1024).filter(|event| std::future::ready(event.is_ok())).count().await, 1024);
    assert_eq!(events.try_recv().unwrap_err(), RecvError::Empty);
}
