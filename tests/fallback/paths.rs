//! `#[fallback(path)]`: whatever the function's signature takes.

use crate::support::*;
use resilience::{Error, Fault, circuit_breaker, fallback, timeout};

fn with_arguments(script: &Script) -> Reply {
    Ok(1000 + script.calls() as u32)
}

fn with_arguments_and_error(script: &Script, error: Failure) -> Reply {
    Ok(2000 + script.calls() as u32 + u32::from(error == Failure::Status(500)) * 100)
}

fn with_error(error: Failure) -> Reply {
    Ok(3000 + u32::from(error == Failure::Status(500)) * 100)
}

fn with_nothing() -> Reply {
    Ok(4000)
}

fn that_fails(error: Failure) -> Reply {
    assert_eq!(error, Failure::Status(500));
    Err(Failure::Status(999))
}

/// Takes the failure as the layers carry it.
fn with_fault(fault: Fault<Failure>) -> Reply {
    match fault {
        Fault::User(_) => Ok(1),
        Fault::Refused(Error::CircuitOpen(_)) => Ok(2),
        Fault::Refused(_) => Ok(3),
    }
}

mod elsewhere {
    pub(crate) mod deep {
        use crate::support::*;

        pub(crate) fn cached(_: &Script) -> Reply {
            Ok(5000)
        }
    }
}

both! {
    #[fallback(with_arguments)]
    fn arguments(script);

    #[fallback(with_arguments_and_error)]
    fn arguments_and_error(script);

    #[fallback(with_error)]
    fn error(script);

    #[fallback(with_nothing)]
    fn nothing(script);

    #[fallback(elsewhere::deep::cached)]
    fn a_longer_path(script);

    #[fallback(that_fails)]
    fn failing(script);

    #[fallback(with_fault)]
    #[circuit_breaker(name = NAME, failure_threshold = 2)]
    #[timeout("1s")]
    fn fault(script);

    #[fallback(with_error)]
    #[timeout("1s")]
    fn converted(script);

    #[fallback(with_nothing, name = "fallback::paths::named")]
    fn named(script);

    #[fallback(with_nothing)]
    fn counted(script);
}

#[test]
fn a_fallback_does_not_run_when_the_body_succeeds() {
    counted::each([ok(7)], |case| {
        assert_eq!(case.call(), Ok(7));
        assert_eq!(case.fallback().stats().successes, 0);
        assert_eq!(case.play([fail(500)]), Ok(4000));
        assert_eq!((case.fallback().stats().successes, case.fallback().stats().failures), (1, 0));
    });
}

#[test]
fn a_function_takes_the_arguments() {
    arguments::each([fail(500)], |case| assert_eq!(case.call(), Ok(1001)));
}

#[test]
fn a_function_takes_the_arguments_and_the_error() {
    arguments_and_error::each([fail(500)], |case| assert_eq!(case.call(), Ok(2101)));
}

#[test]
fn a_function_takes_the_error() {
    error::each([fail(500)], |case| assert_eq!(case.call(), Ok(3100)));
}

#[test]
fn a_function_takes_nothing() {
    nothing::each([fail(500)], |case| assert_eq!(case.call(), Ok(4000)));
}

#[test]
fn a_function_may_be_in_another_module() {
    a_longer_path::each([fail(500)], |case| assert_eq!(case.call(), Ok(5000)));
}

#[test]
fn the_error_of_a_fallback_replaces_the_original() {
    failing::each([fail(500)], |case| {
        assert_eq!(case.call(), Err(Failure::Status(999)));
        assert_eq!((case.fallback().stats().successes, case.fallback().stats().failures), (0, 1));
    });
}

#[test]
fn a_function_may_tell_a_refusal_from_an_error() {
    fault::each([fail(500), hang()], |case| {
        assert_eq!(case.call(), Ok(1));
        assert_eq!(case.call(), Ok(3), "a timeout");
        assert_eq!(case.call(), Ok(2), "the open circuit");
        assert_eq!(case.calls(), 2);
    });
}

#[test]
fn a_refusal_is_converted_for_a_function_that_takes_the_error() {
    converted::each([hang()], |case| assert_eq!(case.call(), Ok(3000)));
}

#[test]
fn a_fallback_may_have_a_name() {
    named::each([fail(500)], |case| {
        assert_eq!(case.call(), Ok(4000));
        assert!(resilience::registry().fallback("fallback::paths::named").unwrap().stats().successes > 0);
    });
}

async fn slowly(script: &Script) -> Reply {
    tokio::time::sleep(secs(5)).await;
    Ok(6000 + script.calls() as u32)
}

async fn slowly_with_everything(script: &Script, error: Failure) -> Reply {
    tokio::time::sleep(secs(5)).await;
    assert_eq!(error, Failure::Status(500));
    Ok(7000 + script.calls() as u32)
}

#[fallback(slowly)]
async fn awaited(script: &Script) -> Reply {
    script.play_async().await
}

#[fallback(slowly_with_everything)]
async fn awaited_with_everything(script: &Script) -> Reply {
    script.play_async().await
}

#[tokio::test(start_paused = true)]
async fn an_async_function_falls_back_to_an_async_or_to_a_sync_one() {
    let script = Script::new([fail(500)]);
    assert_eq!(awaited(&script).await, Ok(6001));
    assert_eq!(awaited_with_everything(&script).await, Ok(7002));
    assert_eq!(resilience::clock::now().since(script.began()), secs(10));
}

fn many(a: u8, b: &str, mut c: Vec<u8>, (d, _): (u8, u8), [e]: [u8; 1], f: &mut Vec<u8>, error: Failure) -> Reply {
    c.push(a);
    f.push(e);
    assert_eq!((b, c, error), ("b", vec![3, 1], Failure::Status(500)));
    Ok(u32::from(d))
}

#[fallback(many)]
fn of_many(a: u8, b: &str, c: Vec<u8>, d: (u8, u8), e: [u8; 1], f: &mut Vec<u8>) -> Reply {
    let _ = (a, b, &c, d, e);
    f.push(1);
    Err(Failure::Status(500))
}

#[test]
fn owned_borrowed_and_exclusive_arguments_are_handed_on() {
    let mut log = Vec::new();
    assert_eq!(of_many(1, "b", vec![3], (4, 0), [5], &mut log), Ok(4));
    assert_eq!(log, [1, 5]);
}

#[fallback(ignoring)]
fn with_an_unnamed_argument(_: u32, script: &Script) -> Reply {
    script.play()
}

fn ignoring(number: u32, _: &Script) -> Reply {
    Ok(number)
}

#[test]
fn an_argument_without_a_name_is_handed_on_too() {
    assert_eq!(with_an_unnamed_argument(77, &Script::new([fail(500)])), Ok(77));
}

#[fallback(twin::<u64>)]
fn generic(script: &Script) -> Reply {
    script.play()
}

fn twin<T: Default + Into<u64>>() -> Reply {
    Ok(u32::try_from(T::default().into()).unwrap() + 8)
}

#[test]
fn a_path_may_have_generic_arguments() {
    assert_eq!(generic(&Script::new([fail(500)])), Ok(8));
}
