//! Functions that another macro emits twice: one place in the source is one function.
#![cfg(feature = "macros")]
#![allow(clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]

use std::future::Future;
use std::task::{Context, Poll, Waker};

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use resilience::{CallStats, Error, Function, registry, retry, timeout};

#[derive(Debug, PartialEq)]
struct Failure;

impl From<Error> for Failure {
    fn from(_: Error) -> Self {
        Self
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    }
}

fn poll<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

/// The functions of the inventory that are called `name`, or like a second function of that name.
fn functions(name: &str) -> Vec<&'static Function> {
    let path = format!("{}::{name}", module_path!());
    registry().inventory().into_iter().filter(|function| function.path() == path).collect()
}

/// That there is one of it, which has the plain name, and what `stats` says of its calls.
fn stats_of_the_only(name: &str) -> CallStats {
    let path = format!("{}::{name}", module_path!());
    let [function] = functions(name)[..] else { panic!("{:?}", functions(name)) };
    let names: Vec<_> = function.layers().iter().map(|layer| (layer.kind().as_str(), layer.name())).collect();
    assert_eq!(names, [("retry", &*path), ("timeout", &*path)]);
    let copies = |other: &str| other.starts_with(&path) && other != path;
    let (retries, timeouts) = (registry().retries(), registry().timeouts());
    assert!(!retries.iter().any(|retry| copies(retry.name())), "{retries:?}");
    assert!(!timeouts.iter().any(|timeout| copies(timeout.name())), "{timeouts:?}");
    let (retry, timeout) = (registry().retry(&path).unwrap(), registry().timeout(&path).unwrap());
    assert_eq!(retry.stats().calls, function.stats().calls, "the name finds the copy that is called");
    assert_eq!(timeout.stats().completed, function.stats().calls);
    function.stats()
}

#[axum::debug_handler]
#[retry(max_attempts = 2, base_delay = "0ms")]
#[timeout("2s")]
async fn checked_above() -> Result<&'static str, Failure> {
    Ok("found")
}

#[retry(max_attempts = 2, base_delay = "0ms")]
#[axum::debug_handler]
#[timeout("2s")]
async fn checked_between() -> Result<&'static str, Failure> {
    Ok("found")
}

#[retry(max_attempts = 2, base_delay = "0ms")]
#[timeout("2s")]
#[axum::debug_handler]
async fn checked_below() -> Result<&'static str, Failure> {
    Ok("found")
}

#[test]
fn a_handler_that_is_checked_is_one_function() {
    assert_eq!(stats_of_the_only("checked_above").calls, 0);
    for _ in 0..3 {
        assert_eq!(poll(checked_above()), Ok("found"));
        assert_eq!(poll(checked_between()), Ok("found"));
        assert_eq!(poll(checked_below()), Ok("found"));
    }
    for name in ["checked_above", "checked_between", "checked_below"] {
        assert_eq!((stats_of_the_only(name).calls, stats_of_the_only(name).successes), (3, 3), "{name}");
    }
}

/// Emits its function here, and once more for a caller of its own.
macro_rules! twice {
    ($($function:tt)*) => {
        $($function)*

        fn copy() -> Result<&'static str, Failure> {
            $($function)*
            doubled(1)
        }
    };
}

twice! {
    #[retry(max_attempts = 2, base_delay = "0ms")]
    #[timeout("2s", mode = deadline)]
    fn doubled(failures: u32) -> Result<&'static str, Failure> {
        if failures == 0 { Ok("found") } else { Err(Failure) }
    }
}

#[test]
fn the_calls_of_both_copies_are_calls_of_the_function() {
    assert_eq!((doubled(0), doubled(0), doubled(1)), (Ok("found"), Ok("found"), Err(Failure)));
    assert_eq!(copy(), Err(Failure));
    let path = format!("{}::doubled", module_path!());
    let [function] = functions("doubled")[..] else { panic!("{:?}", functions("doubled")) };
    let stats = function.stats();
    assert_eq!((stats.calls, stats.successes, stats.failures, stats.in_flight), (4, 2, 2, 0));
    let retry = registry().retry(&path).unwrap().stats();
    assert_eq!((retry.calls, retry.successes_without_retry, retry.max_attempts_reached), (4, 2, 2));
    assert_eq!(registry().timeout(&path).unwrap().stats().completed, 6);
    assert!(registry().validate().is_empty());
    #[cfg(feature = "metrics")]
    assert_eq!(rows(&path), 1);
}

/// How many functions whose name begins so a recorder is told of.
#[cfg(feature = "metrics")]
fn rows(path: &str) -> usize {
    let recorder = metrics_util::debugging::DebuggingRecorder::new();
    metrics::with_local_recorder(&recorder, resilience::metrics::publish);
    let rows = recorder.snapshotter().snapshot().into_vec();
    let of_calls = rows.iter().filter(|(key, ..)| key.key().name() == "resilience_in_flight");
    of_calls.filter(|(key, ..)| key.key().labels().any(|label| label.value().starts_with(path))).count()
}

/// The same text at two places in the source: the place is where the macro is called.
macro_rules! client {
    ($name:ident, $attempts:literal) => {
        struct $name;

        impl $name {
            #[retry(max_attempts = $attempts, base_delay = "0ms")]
            fn load(failures: u32) -> Result<u32, Failure> {
                if failures == 0 { Ok(1) } else { Err(Failure) }
            }
        }
    };
}

client!(Orders, 2);
client!(Invoices, 3);

#[test]
fn what_a_macro_writes_at_each_call_are_functions_of_their_own() {
    let _ = (Invoices::load(1), Orders::load(1));
    let names: Vec<_> = functions("load").iter().map(|function| function.layers()[0].name()).collect();
    let path = format!("{}::load", module_path!());
    assert_eq!(names, [path.clone(), format!("{path}~2")]);
    let retries = |name: &str| registry().retry(name).unwrap().stats().retries;
    assert_eq!((retries(names[0]), retries(names[1])), (1, 2), "in the order of the source");
}

/// Two that one call writes, at one place, and that differ in what they say.
macro_rules! pair {
    ($($name:ident $attempts:literal),*) => {
        $(
            struct $name;

            impl $name {
                #[retry(max_attempts = $attempts, base_delay = "0ms")]
                fn save() -> Result<u32, Failure> {
                    Err(Failure)
                }
            }
        )*
    };
}

pair!(Drafts 4, Letters 2);

#[test]
fn what_says_something_else_is_another_function() {
    let _ = (Drafts::save(), Letters::save());
    let names: Vec<_> = functions("save").iter().map(|function| function.layers()[0].name()).collect();
    let [one, other] = names[..] else { panic!("{names:?}") };
    assert_ne!(one, other);
    let retries = |name: &str| registry().retry(name).unwrap().stats().retries;
    assert_eq!(retries(one) + retries(other), 4);
    assert!(registry().validate().is_empty());
}

#[retry(max_attempts = 2, base_delay = "0ms")]
fn parsed<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

#[test]
fn a_generic_function_is_one_whatever_its_types() {
    assert_eq!((parsed::<u8>("7"), parsed::<i64>("-7"), parsed::<f64>("x")), (Some(7), Some(-7), None));
    let [function] = functions("parsed")[..] else { panic!("{:?}", functions("parsed")) };
    assert_eq!((function.stats().calls, function.stats().failures), (3, 1));
    let retry = registry().retry(function.path()).unwrap().stats();
    assert_eq!((retry.calls, retry.retries), (3, 1));
}
