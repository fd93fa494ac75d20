//! Limits inside of limits.

use std::future::pending;

use resilience::{Error, EventKind, Timeout, fallback, registry, retry, timeout};

use super::MS;

#[timeout(duration = "3s", name = "total")]
#[retry(max_attempts = 10, base_delay = "1ms", jitter = none)]
#[timeout(duration = "2s", name = "attempt")]
async fn hung() -> Result<(), Error> {
    pending().await
}

#[tokio::test(start_paused = true)]
async fn a_total_limit_drops_the_last_attempt_and_each_limit_counts_its_own() {
    let mut events = registry().subscribe();
    let error = hung().await.unwrap_err();
    assert_eq!(error.to_string(), "`total` timed out after 3s");
    let (total, attempt) = (registry().timeout("total").unwrap(), registry().timeout("attempt").unwrap());
    assert_eq!((total.stats().timed_out, total.stats().completed), (1, 0));
    let attempts = attempt.stats();
    assert_eq!((attempts.timed_out, attempts.cancelled, attempts.completed), (1, 1, 0));
    let told = std::iter::from_fn(|| events.try_recv().ok()).filter(|event| event.name() == "total");
    assert_eq!(told.filter(|event| matches!(event.kind(), EventKind::TimedOut { .. })).count(), 1);
}

#[timeout("60ms")]
#[retry(max_attempts = 10, base_delay = "1ms", jitter = none)]
#[timeout("25ms")]
async fn recommended() -> Result<(), Error> {
    pending().await
}

#[tokio::test(start_paused = true)]
async fn the_two_limits_of_a_stack_have_names_and_counters_of_their_own() {
    let path = concat!(module_path!(), "::recommended");
    for _ in 0..3 {
        assert_eq!(recommended().await.unwrap_err().to_string(), format!("`{path}` timed out after 60ms"));
    }
    let stats = |name: &str| registry().timeout(name).unwrap().stats();
    let (total, attempt) = (stats(path), stats(&format!("{path}/attempt")));
    assert_eq!((total.timed_out, attempt.timed_out, attempt.cancelled), (3, 6, 3));
    let functions = registry().inventory();
    let function = functions.iter().find(|function| function.path() == path).unwrap();
    let names = function.layers().iter().map(|layer| layer.name().strip_prefix(path));
    assert_eq!(names.collect::<Vec<_>>(), [Some(""), Some(""), Some("/attempt")]);
}

struct One;
struct Two;

impl One {
    #[timeout("60ms")]
    #[timeout("25ms")]
    async fn twice() -> Result<(), Error> {
        pending().await
    }
}

impl Two {
    #[timeout("60ms")]
    #[timeout("25ms")]
    async fn twice() -> Result<(), Error> {
        pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn methods_of_one_path_have_inner_limits_of_their_own() {
    assert!(One::twice().await.is_err() && Two::twice().await.is_err());
    let names = registry().timeouts().into_iter().filter(|timeout| timeout.name().contains("::twice"));
    let mut names: Vec<_> = names.map(|timeout| (timeout.name().to_owned(), timeout.stats().timed_out)).collect();
    names.sort();
    assert_eq!(names.len(), 4, "{names:?}");
    assert_eq!(
        names.iter().map(|(name, _)| name.ends_with("/attempt")).collect::<Vec<_>>(),
        [false, true, false, true]
    );
    assert!(names.iter().all(|(name, timed_out)| *timed_out == u64::from(name.ends_with("/attempt"))), "{names:?}");
}

#[test]
fn a_sync_limit_that_was_shorter_says_what_was_left_of_it() {
    let outer = Timeout::builder("outer").duration(20 * MS).build().unwrap();
    let inner = Timeout::builder("inner").duration(std::time::Duration::from_secs(3600)).build().unwrap();
    let mut told = None;
    let _ = outer.call(|| {
        let Err(error) = inner.call_on_thread(|| {
            std::thread::sleep(60 * MS);
            Ok::<_, Error>(())
        }) else {
            panic!("it cannot be done")
        };
        told = Some(error);
        Ok::<_, Error>(())
    });
    let Some(Error::Timeout(elapsed)) = told else { panic!("{told:?}") };
    assert_eq!(elapsed.limit(), std::time::Duration::from_secs(3600));
    assert!(elapsed.left().is_some_and(|left| left > MS && left <= 20 * MS), "{elapsed:?}");
    let text = elapsed.to_string();
    assert!(text.starts_with("`inner` timed out after ") && text.ends_with("ms, what was left of its 3600s"), "{text}");
    assert_eq!(inner.stats().timed_out, 1);
}

#[timeout(duration = "5s", name = "callee")]
async fn callee() -> Result<(), Error> {
    pending().await
}

#[timeout(duration = "1s", name = "caller")]
async fn caller() -> Result<(), String> {
    callee().await.map_err(|error| error.to_string())
}

#[tokio::test(start_paused = true)]
async fn a_limit_around_another_function_drops_it() {
    assert_eq!(caller().await, Err("`caller` timed out after 1s".to_owned()));
    let stats = ["caller", "callee"].map(|name| registry().timeout(name).unwrap().stats());
    assert_eq!(stats.map(|stats| (stats.timed_out, stats.cancelled)), [(1, 0), (0, 1)]);
}

#[timeout(duration = "1s", name = "answered")]
#[fallback(value = ())]
#[timeout(duration = "5s", name = "cut")]
async fn answered() -> Result<(), Error> {
    pending().await
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_the_inner_limit_is_none_to_the_outer() {
    assert_eq!(answered().await.unwrap_err().name(), "answered");
    let stats = registry().timeout("answered").unwrap().stats();
    assert_eq!((stats.timed_out, stats.completed), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn an_error_that_no_limit_caused_is_a_body_that_is_done() {
    let timeout = Timeout::builder("busy").duration(10 * MS).build().unwrap();
    let body = async {
        tokio::time::sleep(10 * MS).await;
        Err::<(), _>(Error::rate_limited("upstream", None))
    };
    assert!(timeout.call_async(|| body).await.is_err());
    assert_eq!((timeout.stats().timed_out, timeout.stats().completed), (0, 1));
}
