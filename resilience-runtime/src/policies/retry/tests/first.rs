//! The first attempt of a call is driven by other code where it needs no preparation: what is counted is the same.

use std::cell::Cell;
use std::future::{Future, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use super::*;
use crate::context::deadline;
use crate::core::clock;
use crate::policies::budget::Budget;

type Answer = Result<u32, &'static str>;
type Attempt = Pin<Box<dyn Future<Output = Answer>>>;

/// A retry whose first attempt is on its own, and one that has a budget to serve before it.
fn both(builder: impl Fn() -> RetryBuilder) -> [Retry; 2] {
    let budget = Budget::builder("first").build().unwrap();
    [builder().build().unwrap(), builder().budget(budget).build().unwrap()]
}

fn quick() -> RetryBuilder {
    steady(3).base_delay(Duration::from_nanos(1)).max_delay(Duration::from_nanos(1))
}

/// What both have counted, as JSON without the budget.
fn counted(retries: &[Retry; 2]) -> serde_json::Value {
    let [alone, prepared] = retries.each_ref().map(|retry| {
        let mut stats = serde_json::to_value(retry.stats()).unwrap();
        stats.as_object_mut().unwrap().remove("budget");
        stats
    });
    assert_eq!(alone, prepared);
    alone
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn every_outcome_of_the_first_attempts_is_counted_alike() {
    let runtime = runtime();
    let scripts: [(&[Answer], Answer, &str); 4] = [
        (&[Ok(1)], Ok(1), "successes_without_retry"),
        (&[Err("a"), Ok(2)], Ok(2), "successes_with_retry"),
        (&[Err("a"), Err("b"), Ok(3)], Ok(3), "successes_with_retry"),
        (&[Err("a"), Err("b"), Err("c")], Err("c"), "max_attempts_reached"),
    ];
    for (script, expected, count) in scripts {
        for is_async in [false, true] {
            let retries = both(quick);
            for retry in &retries {
                let mut answers = script.iter().copied();
                let mut body = || answers.next().unwrap();
                let outcome = match is_async {
                    true => runtime.block_on(retry.call_async(|| ready(body()))),
                    false => retry.call(body),
                };
                assert_eq!(outcome, expected);
            }
            let counted = counted(&retries);
            assert_eq!((&counted["calls"], &counted[count]), (&1.into(), &1.into()), "{script:?}: {counted}");
            assert_eq!(counted["retries"], script.len() - 1, "{counted}");
        }
    }
}

#[test]
fn the_only_error_of_a_body_that_may_not_run_again_comes_back() {
    let runtime = runtime();
    let retries = both(|| quick().idempotent(false));
    for retry in &retries {
        assert_eq!(runtime.block_on(retry.call_async(|| ready(Err::<u32, _>("a")))), Err("a"));
    }
    assert_eq!(counted(&retries)["not_retryable"], 1);
}

#[test]
fn a_panic_is_counted_wherever_it_comes_from() {
    let runtime = runtime();
    let makers: [fn(u32) -> Attempt; 3] = [
        |_| panic!("making the future"),
        |_| Box::pin(async { panic!("at the first poll") }),
        |_| {
            Box::pin(async {
                tokio::task::yield_now().await;
                panic!("at the second poll")
            })
        },
    ];
    for maker in makers {
        for failures in [0, 1] {
            let retries = both(quick);
            for retry in &retries {
                let calls = Cell::new(0);
                let body = || {
                    calls.set(calls.get() + 1);
                    if calls.get() <= failures { Box::pin(ready(Err("down"))) as Attempt } else { maker(0) }
                };
                let call = AssertUnwindSafe(|| runtime.block_on(retry.call_async(body)));
                assert!(catch_unwind(call).is_err());
            }
            let counted = counted(&retries);
            assert_eq!((&counted["calls"], &counted["not_retryable"]), (&1.into(), &1.into()), "{counted}");
        }
    }
}

#[test]
fn a_panic_of_the_strategy_is_counted() {
    let retries = both(|| quick().strategy(Strategy::Custom(|_| panic!("no delay is long enough"))));
    for retry in &retries {
        let mut call = pin!(retry.call_async(|| ready(Err::<u32, _>("down"))));
        assert!(catch_unwind(AssertUnwindSafe(|| poll(call.as_mut()))).is_err());
    }
    assert_eq!(counted(&retries)["not_retryable"], 1);
}

/// An error that does not like to be dropped.
struct Spiteful;

impl Drop for Spiteful {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "dropped");
    }
}

#[test]
fn a_panic_of_an_error_that_is_dropped_is_counted() {
    let runtime = runtime();
    let retries = both(quick);
    for retry in &retries {
        let call = AssertUnwindSafe(|| runtime.block_on(retry.call_async(async || Err::<u32, _>(Spiteful))));
        assert!(catch_unwind(call).is_err());
    }
    assert_eq!(counted(&retries)["not_retryable"], 1);
}

#[test]
fn a_call_that_is_never_polled_is_none() {
    let retries = both(quick);
    for retry in &retries {
        drop(retry.call_async(|| ready(Ok::<_, ()>(1))));
    }
    assert_eq!(counted(&retries)["calls"], 0);
}

#[test]
fn a_dropped_first_attempt_is_cancelled_or_took_too_long() {
    let (short, spent) = (Duration::from_millis(5), Duration::ZERO);
    for (limit, count) in [(None, "cancelled"), (Some(short), "max_duration_reached"), (Some(spent), "cancelled")] {
        let retries = both(quick);
        for retry in &retries {
            let limit = limit.map_or(Limit::NONE, Limit::from_now);
            let _entered = deadline::enter(limit);
            let mut call = Box::pin(retry.call_async(pending::<Result<u32, ()>>));
            assert!(poll(call.as_mut()).is_pending());
            while limit != Limit::NONE && clock::now() < limit.deadline() {
                std::hint::spin_loop();
            }
        }
        assert_eq!(counted(&retries)[count], 1);
    }
}

#[test]
fn a_call_that_is_dropped_in_the_delay_after_its_first_attempt_is_cancelled() {
    let runtime = runtime();
    let _entered = runtime.enter();
    let retries = both(|| steady(3).base_delay(60 * SECOND).max_delay(60 * SECOND));
    for retry in &retries {
        let mut call = Box::pin(retry.call_async(|| ready(Err::<u32, _>("down"))));
        assert!(poll(call.as_mut()).is_pending());
    }
    let counted = counted(&retries);
    assert_eq!((&counted["cancelled"], &counted["retries"]), (&1.into(), &0.into()), "{counted}");
}

#[test]
fn a_first_attempt_that_waits_is_polled_again() {
    let retries = both(quick);
    for retry in &retries {
        let polls = Cell::new(0);
        let attempt = || {
            poll_fn(|_| {
                polls.set(polls.get() + 1);
                if polls.get() < 3 { Poll::Pending } else { Poll::Ready(Ok::<_, ()>(1)) }
            })
        };
        let mut call = pin!(retry.call_async(attempt));
        assert!(poll(call.as_mut()).is_pending() && poll(call.as_mut()).is_pending());
        assert_eq!(poll(call.as_mut()), Poll::Ready(Ok(1)));
    }
    assert_eq!(counted(&retries)["successes_without_retry"], 1);
}

/// An error that may not cross threads does not keep a call from doing so, as it would not without the retry.
#[test]
fn the_error_of_an_attempt_is_not_part_of_the_future() {
    fn is_send<T: Send>(_: &T) {}
    let retry = quick().build().unwrap();
    is_send(&retry.call_async(async || Err::<u32, std::rc::Rc<()>>(std::rc::Rc::new(()))));
}
