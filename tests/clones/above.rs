//! Policies above the one whose expression fails: none of them takes the error for the answer of an attempt.

use resilience::{CircuitBreaker, circuit_breaker, fallback, registry, retry, timeout};

use super::*;

fn breaker(name: &str) -> CircuitBreaker {
    registry().circuit_breaker(name).unwrap()
}

macro_rules! breaker_above {
    ($($name:ident: $(#[$attribute:meta])*;)*) => {$(
        mod $name {
            use super::*;

            pub(super) const NAME: &str = concat!("clones::above::", stringify!($name));

            #[circuit_breaker(name = NAME, failure_threshold = 1)]
            $(#[$attribute])*
            #[retry(max_attempts = 3, base_delay = "1s", clone(request = request.try_clone().ok_or(NotClone)?))]
            pub(super) async fn awaited(request: Request, script: &Script) -> Reply {
                send(request, script)
            }
        }

        #[tokio::test(start_paused = true)]
        async fn $name() {
            let script = Script::new([ok(1)]);
            assert_eq!($name::awaited(Request::new(0), &script).await, NO_CLONE);
            let stats = breaker($name::NAME).stats();
            assert_eq!((stats.total_failures, stats.ignored), (0, 1));
            assert_eq!($name::awaited(Request::new(1), &script).await, Ok(1), "it is still closed");
            script.then([fail(500)]);
            assert_eq!($name::awaited(Request::new(3), &script).await, Err(Failure::Status(500)));
            assert_eq!(breaker($name::NAME).state().as_str(), "open", "a failure is one");
        }
    )*};
}

breaker_above! {
    right_above: ;
    around_a_timeout: #[timeout("60s")];
    around_a_fallback: #[fallback(value = 3, when = |error| *error == Failure::Status(1))];
}

#[circuit_breaker(name = "clones::above::values", failure_threshold = 1, failure_if_result = |value| *value == 0)]
#[retry(max_attempts = 3, base_delay = "1s", clone(request = request.try_clone().ok_or(NotClone)?))]
fn judging_values(request: Request, script: &Script) -> Reply {
    send(request, script)
}

#[circuit_breaker(name = "clones::above::thread", failure_threshold = 1)]
#[timeout("60s")]
#[retry(max_attempts = 3, base_delay = "1ms", clone(request = request.try_clone().ok_or(NotClone)?))]
fn on_a_worker(request: Request, script: Script) -> Reply {
    send(request, &script)
}

#[test]
fn a_sync_breaker_ignores_it_too() {
    let _clock = stopped();
    let script = Script::new([ok(0)]);
    assert_eq!(judging_values(Request::new(0), &script), NO_CLONE);
    assert_eq!(breaker("clones::above::values").state().as_str(), "closed");
    assert_eq!(judging_values(Request::new(1), &script), Ok(0));
    assert_eq!(breaker("clones::above::values").state().as_str(), "open");

    assert_eq!(on_a_worker(Request::new(0), script.clone()), NO_CLONE);
    assert_eq!(breaker("clones::above::thread").stats().ignored, 1);
    script.then([fail(500)]);
    assert_eq!(on_a_worker(Request::new(3), script), Err(Failure::Status(500)));
    assert_eq!(breaker("clones::above::thread").state().as_str(), "open");
}

#[retry(name = "clones::above::retry", max_attempts = 3, base_delay = "1s")]
#[fallback(value = 3, when = |error| *error == Failure::Status(1), clone(request = request.try_clone().ok_or(NotClone)?))]
fn retried(request: Request, script: &Script) -> Reply {
    send(request, script)
}

#[retry(max_attempts = 3, base_delay = "1s", retry_if_result = |value| *value == 0)]
#[fallback(|_| Ok(0), when = |error| *error == Failure::Status(409), clone(request = request.try_clone().ok_or(NotClone)?))]
fn retried_by_value(request: Request, script: &Script) -> Reply {
    send(request, script)
}

#[retry(max_attempts = 3, base_delay = "1s", before_retry = |_, _| {})]
#[fallback(value = 3, when = |error| *error == Failure::Status(1), clone(request = request.try_clone().ok_or(NotClone)?))]
async fn retried_with_a_hook(request: Request, script: &Script) -> Reply {
    send(request, script)
}

#[tokio::test(start_paused = true)]
async fn a_retry_above_does_not_retry_it() {
    let script = Script::new([fail(500)]);
    assert_eq!(retried(Request::new(1), &script), NO_CLONE);
    assert_eq!((script.calls(), registry().retry("clones::above::retry").unwrap().stats().not_retryable), (1, 1));
    assert_eq!(retried_with_a_hook(Request::new(1), &script).await, NO_CLONE);
    assert_eq!(script.calls(), 2);
    assert_eq!(retried(Request::new(3), &script), Err(Failure::Status(500)));
    assert_eq!(script.calls(), 5);
}

#[test]
fn what_a_fallback_has_answered_is_judged_as_its_answer() {
    let _clock = stopped();
    let script = Script::new([ok(0)]);
    assert_eq!(retried_by_value(Request::new(1), &script), Ok(0));
    assert_eq!(script.calls(), 1, "of three attempts one had a request, and all were asked to come again");
    let stats = registry().retry(concat!(module_path!(), "::retried_by_value")).unwrap().stats();
    assert_eq!((stats.retries, stats.max_attempts_reached), (2, 1));
}

#[retry(max_attempts = 2, base_delay = "1s")]
#[fallback(value = 3, when = |error| *error == Failure::Status(1), clone(request = request.try_clone().ok_or(NotClone)?))]
#[circuit_breaker(name = "clones::above::ignoring", ignore_if = |_| true)]
fn ignoring(request: Request, script: &Script) -> Reply {
    send(request, script)
}

#[test]
fn a_clone_that_fails_is_a_failure_whatever_the_attempt_before_it_was() {
    let _clock = stopped();
    let script = Script::new([fail(500)]);
    assert_eq!((ignoring(Request::new(1), &script), script.calls()), (NO_CLONE, 1));
    let path = concat!(module_path!(), "::ignoring");
    let calls = registry().inventory().into_iter().find(|function| function.path() == path).unwrap().stats();
    assert_eq!((calls.failures, calls.ignored), (1, 0));
}
