//! `#[fallback(|error| ..)]`: the arguments, `self` and `.await` are at hand.

use crate::support::*;
use resilience::{Error, Fault, fallback, timeout};

both! {
    #[fallback(|error| match error {
        Failure::Status(status) => Ok(u32::from(status)),
        other => Err(other),
    })]
    fn matching(script);

    #[fallback(|_| Ok(script.calls() as u32 * 11))]
    fn using_an_argument(script);

    #[fallback(|_error| Ok(5))]
    fn not_looking(script);

    #[fallback(|error: Failure| if error == Failure::Status(404) { Ok(0) } else { Err(error) })]
    fn annotated(script);

    #[fallback(|error: Fault<Failure>| match error {
        Fault::Refused(Error::Timeout(_)) => Ok(1),
        Fault::Refused(_) => Ok(2),
        Fault::User(_) => Ok(3),
    })]
    #[timeout("1s")]
    fn with_fault(script);

    #[fallback(|| Ok(6))]
    fn without_a_parameter(script);

    #[fallback(|error| {
        if error == Failure::Status(404) {
            return Ok(0);
        }
        let value = script.play()?;
        Ok(value + 1)
    })]
    fn leaving_early(script);
}

#[test]
fn a_closure_is_given_the_error() {
    matching::each([fail(404), hint(secs(1))], |case| {
        assert_eq!(case.call(), Ok(404));
        assert_eq!(case.call(), Err(Failure::Busy(secs(1))), "it may pass the error on");
        assert_eq!((case.fallback().stats().successes, case.fallback().stats().failures), (1, 1));
    });
    annotated::each([fail(404), fail(500)], |case| {
        assert_eq!(case.call(), Ok(0));
        assert_eq!(case.call(), Err(Failure::Status(500)));
    });
}

#[test]
fn a_closure_sees_the_arguments() {
    using_an_argument::each([fail(500)], |case| {
        assert_eq!(case.call(), Ok(11));
        assert_eq!(case.call(), Ok(22));
    });
}

#[test]
fn a_closure_need_not_look_at_the_error() {
    not_looking::each([fail(500)], |case| assert_eq!(case.call(), Ok(5)));
    without_a_parameter::each([fail(500)], |case| assert_eq!(case.call(), Ok(6)));
}

#[test]
fn a_closure_may_tell_a_refusal_from_an_error() {
    with_fault::each([hang(), fail(500)], |case| {
        assert_eq!(case.call(), Ok(1));
        assert_eq!(case.call(), Ok(3));
    });
}

#[test]
fn a_closure_may_return_early() {
    leaving_early::each([fail(404)], |case| {
        assert_eq!(case.call(), Ok(0));
        assert_eq!(case.play([fail(500), ok(1)]), Ok(2));
        assert_eq!(case.play([fail(500), fail(502)]), Err(Failure::Status(502)));
    });
}

struct Shop {
    script: Script,
    cached: u32,
}

impl Shop {
    async fn lookup(&self, sku: u32) -> Reply {
        tokio::time::sleep(secs(1)).await;
        Ok(self.cached + sku)
    }

    #[fallback(|error| {
        assert_eq!(error, Failure::Status(500));
        self.lookup(sku).await
    })]
    async fn with_await(&self, sku: u32) -> Reply {
        self.script.play_async().await.map(|value| value + sku)
    }

    #[fallback(|_| self.lookup(sku))]
    async fn with_a_future(&self, sku: u32) -> Reply {
        self.script.play_async().await.map(|value| value + sku)
    }

    #[fallback(|_| async { self.lookup(sku).await.map(|value| value * 2) })]
    async fn with_an_async_block(&self, sku: u32) -> Reply {
        self.script.play_async().await.map(|value| value + sku)
    }

    #[fallback(|_| Ok(self.cached + sku))]
    fn blocking(&self, sku: u32) -> Reply {
        self.script.play().map(|value| value + sku)
    }

    #[fallback(|_| { self.cached += 1; Ok(self.cached) })]
    fn exclusive(&mut self) -> Reply {
        self.cached += 10;
        self.script.play()
    }

    #[fallback(|_| Ok(self.lookup(sku).await? + 1000))]
    async fn with_await_in_the_middle(&self, sku: u32) -> Reply {
        self.script.play_async().await.map(|value| value + sku)
    }
}

#[tokio::test(start_paused = true)]
async fn a_closure_may_await_and_use_self() {
    let mut shop = Shop { script: Script::new([fail(500)]), cached: 40 };
    assert_eq!(shop.with_await(1).await, Ok(41));
    assert_eq!(shop.with_a_future(2).await, Ok(42));
    assert_eq!(shop.with_an_async_block(3).await, Ok(86));
    assert_eq!(shop.with_await_in_the_middle(4).await, Ok(1044));
    assert_eq!(shop.blocking(5), Ok(45));
    assert_eq!(shop.exclusive(), Ok(51));
    assert_eq!(resilience::clock::now().since(shop.script.began()), secs(4));
}
