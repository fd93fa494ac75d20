//! The ambient deadline: it crosses calls, awaits and worker threads, and never leaks.
#![cfg(feature = "macros")]

mod carried;
mod strangers;

use std::future::{pending, ready};
use std::time::Duration;

use resilience::{Error, Timeout, clock, deadline};

const MS: Duration = Duration::from_millis(1);

fn timeout(limit: Duration) -> Timeout {
    Timeout::builder("report").duration(limit).build().expect("a limit above zero")
}

/// Something deep inside a program that knows nothing of timeouts above it.
async fn look() -> Result<Option<Duration>, Error> {
    Ok(deadline::remaining())
}

#[test]
fn there_is_none_outside_of_a_timeout() {
    assert_eq!((deadline::remaining(), deadline::current()), (None, None));
}

mod asynchronous {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_seen_by_what_the_body_calls_and_gone_afterwards() {
        let body = async {
            assert_eq!(look().await, Ok(Some(100 * MS)));
            tokio::time::sleep(40 * MS).await;
            look().await
        };
        assert_eq!(timeout(100 * MS).call_async(|| body).await, Ok(Some(60 * MS)));
        assert_eq!(look().await, Ok(None));
    }

    #[tokio::test(start_paused = true)]
    async fn an_inner_limit_may_shorten_it_and_gives_it_back() {
        let inner = timeout(30 * MS);
        let body = async {
            assert_eq!(inner.call_async(look).await, Ok(Some(30 * MS)));
            look().await
        };
        assert_eq!(timeout(100 * MS).call_async(|| body).await, Ok(Some(100 * MS)));
    }

    #[tokio::test(start_paused = true)]
    async fn an_inner_limit_cannot_lengthen_it() {
        let inner = timeout(Duration::from_secs(60));
        assert_eq!(timeout(100 * MS).call_async(|| inner.call_async(look)).await, Ok(Some(100 * MS)));
    }

    #[tokio::test(start_paused = true)]
    async fn siblings_do_not_see_each_others() {
        let (short, long) = (timeout(100 * MS), timeout(200 * MS));
        let body = || async {
            tokio::task::yield_now().await;
            look().await
        };
        let (first, second, third) = tokio::join!(short.call_async(body), long.call_async(body), body());
        assert_eq!((first, second, third), (Ok(Some(100 * MS)), Ok(Some(200 * MS)), Ok(None)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_spawned_task_starts_without_one() {
        let body = async { tokio::spawn(look()).await.unwrap() };
        assert_eq!(timeout(100 * MS).call_async(|| body).await, Ok(None));
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_gone_after_a_timeout_and_after_a_cancelled_call() {
        let timeout = timeout(100 * MS);
        assert!(timeout.call_async(pending::<Option<()>>).await.is_none());
        assert_eq!(deadline::current(), None);
        tokio::select! {
            biased;
            _ = timeout.call_async(pending::<Option<()>>) => {}
            () = ready(()) => {}
        }
        assert_eq!(deadline::current(), None);
    }
}

mod in_place {
    use super::*;

    #[test]
    fn a_result_in_time_passes_and_a_late_one_becomes_a_timeout() {
        let clock = clock::manual();
        let timeout = timeout(100 * MS);
        let run = |work: Duration| {
            timeout.call(|| {
                clock.advance(work);
                Ok::<_, Error>(7)
            })
        };
        assert_eq!(run(99 * MS), Ok(7));
        assert!(matches!(run(101 * MS), Err(Error::Timeout(elapsed)) if elapsed.limit() == 100 * MS));
        let stats = timeout.stats();
        assert_eq!((stats.completed, stats.timed_out), (1, 1));
    }

    #[test]
    fn the_body_can_stop_in_time() {
        let clock = clock::manual();
        let rounds = timeout(100 * MS).call(|| {
            let mut rounds = 0;
            while deadline::remaining().is_some_and(|left| left > 30 * MS) {
                clock.advance(30 * MS);
                rounds += 1;
            }
            Ok::<_, Error>(rounds)
        });
        assert_eq!(rounds, Ok(3));
        assert_eq!(deadline::current(), None);
    }

    #[test]
    fn nested_limits_take_the_minimum() {
        let clock = clock::manual();
        let (short, long) = (timeout(100 * MS), timeout(Duration::from_secs(60)));
        let seen = short.call(|| {
            clock.advance(20 * MS);
            long.call(|| Some(deadline::remaining()))
        });
        assert_eq!(seen, Some(Some(80 * MS)));
        let seen = long.call(|| short.call(|| Some(deadline::remaining())));
        assert_eq!(seen, Some(Some(100 * MS)));
    }

    #[test]
    fn what_begins_after_it_is_refused_without_running() {
        let clock = clock::manual();
        let (outer, inner) = (timeout(100 * MS), timeout(Duration::from_secs(60)));
        let result: Result<(), Error> = outer.call(|| {
            clock.advance(100 * MS);
            inner.call(|| panic!("must not run"))
        });
        assert!(matches!(result, Err(Error::Timeout(_))));
        assert_eq!((inner.stats().rejected, inner.stats().completed), (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn it_stands_still_under_the_paused_clock_of_a_runtime() {
        let timeout = timeout(100 * MS);
        assert_eq!(timeout.call(|| Ok::<_, Error>(deadline::remaining())), Ok(Some(100 * MS)));
    }

    #[tokio::test(start_paused = true)]
    async fn it_crosses_from_async_code_into_sync_calls() {
        let (inner, innermost) = (timeout(Duration::from_secs(60)), timeout(Duration::from_secs(60)));
        let body = async { inner.call(|| innermost.call(|| Ok::<_, Error>(deadline::remaining()))) };
        assert_eq!(timeout(100 * MS).call_async(|| body).await, Ok(Some(100 * MS)));
    }
}

mod thread_mode {
    use super::*;

    #[test]
    fn it_crosses_to_the_worker_thread() {
        let outer = timeout(Duration::from_secs(30));
        let inner = timeout(Duration::from_secs(60));
        let left = outer.call(|| inner.call_on_thread(|| Some(deadline::remaining()))).flatten().unwrap();
        assert!(left > Duration::from_secs(10) && left <= Duration::from_secs(30), "{left:?}");
    }

    #[test]
    fn it_does_not_stay_on_the_worker_thread() {
        let timeout = timeout(Duration::from_secs(30));
        for _ in 0..3 {
            let left = timeout.call_on_thread(|| Some(deadline::remaining())).flatten().unwrap();
            assert!(left > Duration::from_secs(29), "each call has its own: {left:?}");
        }
        assert_eq!(deadline::current(), None);
    }
}
