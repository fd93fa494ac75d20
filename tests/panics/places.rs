//! Where a panic of ours says that it comes from: a place in the user's code.

use std::future::Future;
#[cfg(feature = "metrics")]
use std::panic::Location;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Waker};
use std::time::Duration;

use crate::support::*;
#[cfg(feature = "metrics")]
use resilience::metrics;
use resilience::{circuit_breaker, fallback, retry, timeout};

/// The file and line that a panic names, and its message.
fn place(act: impl FnOnce()) -> (String, u32, String) {
    static ONE_HOOK: Mutex<()> = Mutex::new(());
    static TOLD: Mutex<Option<(String, u32)>> = Mutex::new(None);
    let _only = ONE_HOOK.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let ours = std::thread::current().id();
    let before = take_hook();
    set_hook(Box::new(move |panic| {
        if std::thread::current().id() == ours {
            let location = panic.location().expect("it is known");
            *TOLD.lock().unwrap() = Some((location.file().to_owned(), location.line()));
        }
    }));
    let caught = catch_unwind(AssertUnwindSafe(act));
    set_hook(before);
    let text = message(&*caught.expect_err("it panics")).to_owned();
    let (file, line) = TOLD.lock().unwrap().take().expect("the hook was called");
    (file, line, text)
}

/// The line after the one where it is called.
#[cfg(feature = "metrics")]
#[track_caller]
fn next_line() -> u32 {
    Location::caller().line() + 1
}

#[cfg(feature = "metrics")]
#[test]
fn a_publisher_outside_of_a_runtime_names_who_started_it() {
    let mut line = 0;
    let (file, at, text) = place(|| {
        line = next_line();
        metrics::spawn_publisher(Duration::from_secs(10));
    });
    assert_eq!((file.as_str(), at), (file!(), line), "{text}");
}

#[cfg(feature = "metrics")]
#[test]
fn one_in_a_runtime_without_timers_works() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let publisher = metrics::spawn_publisher(Duration::from_secs(10));
        tokio::task::yield_now().await;
        assert!(!publisher.is_stopped());
    });
}

#[fallback(value = 0, when = |_: &Failure| true)]
#[retry]
#[circuit_breaker(name = "places::polled_again")]
#[timeout("1s")]
async fn polled_again() -> Reply {
    Ok(1)
}

#[retry]
async fn retried() -> Reply {
    Ok(1)
}

#[timeout("1s")]
fn returned() -> impl Future<Output = Reply> {
    async { Ok(1) }
}

fn again(call: impl Future<Output = Reply>) -> (String, u32, String) {
    let mut call = pin!(call);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(call.as_mut().poll(&mut cx).is_ready());
    place(|| drop(call.as_mut().poll(&mut cx)))
}

#[test]
fn a_call_that_is_polled_after_its_end_names_the_function() {
    for (file, _, text) in [again(polled_again()), again(retried()), again(returned())] {
        assert_eq!(file, file!(), "{text}");
    }
}

#[test]
fn what_a_value_of_an_option_panics_with_is_left_as_it_is() {
    #[timeout(Duration::from_secs(1) * u32::try_from(seconds).expect("not below zero"), mode = deadline)]
    fn limited(seconds: i32) -> Reply {
        Ok(1)
    }
    assert_eq!(limited(1), Ok(1));
    let (file, _, text) = place(|| drop(limited(-1)));
    assert!(file == file!() && text.starts_with("not below zero"), "{file}: {text}");
}
