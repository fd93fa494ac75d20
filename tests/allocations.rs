//! No heap allocation per call: on success and on refusal, for each attribute and for the full stack.
//!
//! What a call site does once, at its first call, and what a thread does once it has called often, is not counted. Each thread has a count of its own, so that other
//! tests do not disturb.
#![allow(clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::task::Poll;
use std::time::Duration;

use resilience::{
    CircuitBreaker, Error, Fallback, Pipeline, Retry, Timeout, circuit_breaker, clock, fallback, registry, retry,
    timeout,
};

struct Counting;

thread_local!(static COUNT: Cell<u64> = const { Cell::new(0) });

// SAFETY: everything is handed to `System` unchanged; the cell needs no allocation and has no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

type Reply = Result<u32, Error>;

/// By then a thread has a stripe of each count.
const WARM_UP: u32 = 300;

/// What each of ten calls allocated, the warm-up left out.
fn allocations<T>(mut call: impl FnMut() -> T) -> Vec<u64> {
    (0..WARM_UP).for_each(|_| drop(call()));
    let one = |call: &mut dyn FnMut() -> T| {
        let before = COUNT.with(Cell::get);
        let out = call();
        let after = COUNT.with(Cell::get);
        drop(out);
        after - before
    };
    let mut counts = Vec::with_capacity(10);
    counts.extend((0..10).map(|_| one(&mut call)));
    counts
}

/// The same for async calls, on tokio's runtime of one thread, whose clock jumps to the next timer when all wait.
fn allocations_async<F: Future>(call: impl Fn() -> F) -> Vec<u64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        for _ in 0..WARM_UP {
            drop(call().await);
        }
        let mut counts = Vec::with_capacity(10);
        for _ in 0..10 {
            let before = COUNT.with(Cell::get);
            let out = call().await;
            counts.push(COUNT.with(Cell::get) - before);
            drop(out);
        }
        counts
    })
}

const NONE: [u64; 10] = [0; 10];

/// Pending at the first poll.
async fn one_yield() {
    let mut done = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut done, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn open(name: &str) {
    registry().circuit_breaker(name).unwrap().force_open();
}

/// One attribute, or several, on a sync function and on two async ones: `sync`, `ready` and `pending`.
macro_rules! functions {
    ($(#[$attribute:meta])*) => {
        mod sync {
            use super::*;
            $(#[$attribute])*
            pub(super) fn call(id: u32) -> Reply {
                Ok(id)
            }
        }
        mod ready {
            use super::*;
            $(#[$attribute])*
            pub(super) async fn call(id: u32) -> Reply {
                Ok(id)
            }
        }
        mod pending {
            use super::*;
            $(#[$attribute])*
            pub(super) async fn call(id: u32) -> Reply {
                one_yield().await;
                Ok(id)
            }
        }
    };
}

#[test]
fn what_allocates_is_counted() {
    assert_eq!(allocations(|| vec![7_u32]), [1; 10]);
    assert_eq!(allocations_async(async || Box::new(7)), [1; 10]);
}

mod retries {
    use super::*;
    functions!(
        #[retry]
    );

    #[test]
    fn a_retry_allocates_nothing_when_the_first_try_succeeds() {
        assert_eq!(allocations(|| sync::call(7)), NONE);
        assert_eq!(allocations_async(|| ready::call(7)), NONE);
        assert_eq!(allocations_async(|| pending::call(7)), NONE);
    }

    #[retry]
    fn failing() -> Reply {
        Err(Error::rate_limited("shop", None))
    }

    #[retry]
    async fn failing_async() -> Reply {
        one_yield().await;
        Err(Error::rate_limited("shop", None))
    }

    #[test]
    fn a_retry_allocates_nothing_when_it_gives_up() {
        // Virtual time: the waits cost none.
        let _clock = clock::manual();
        assert_eq!(allocations(failing), NONE);
        assert_eq!(allocations_async(failing_async), NONE);
    }
}

mod breakers {
    use super::*;

    #[circuit_breaker(name = "closed", failure_rate = 0.5, window = 100)]
    fn window(id: u32) -> Reply {
        Ok(id)
    }

    #[circuit_breaker(name = "time", failure_rate = 0.5, window = "10s")]
    fn time(id: u32) -> Reply {
        Ok(id)
    }

    functions!(
        #[circuit_breaker(name = "consecutive")]
    );

    #[test]
    fn a_closed_breaker_allocates_nothing() {
        assert_eq!(allocations(|| window(7)), NONE);
        assert_eq!(allocations(|| time(7)), NONE);
        assert_eq!(allocations(|| sync::call(7)), NONE);
        assert_eq!(allocations_async(|| ready::call(7)), NONE);
        assert_eq!(allocations_async(|| pending::call(7)), NONE);
    }

    #[circuit_breaker(name = "refusing")]
    fn refusing(id: u32) -> Reply {
        Ok(id)
    }

    #[circuit_breaker(name = "refusing_async")]
    async fn refusing_async(id: u32) -> Reply {
        Ok(id)
    }

    #[circuit_breaker(name = "tripped", failure_threshold = 1)]
    fn tripped(id: u32) -> Reply {
        if id == 0 { Err(Error::rate_limited("shop", None)) } else { Ok(id) }
    }

    #[test]
    fn an_open_breaker_allocates_nothing() {
        let _ = refusing(7);
        open("refusing");
        assert!(refusing(7).is_err());
        assert_eq!(allocations(|| refusing(7)), NONE);
        let _ = tripped(0);
        assert!(tripped(7).is_err());
        assert_eq!(allocations(|| tripped(7)), NONE, "with the time until the next probe");
        assert_eq!(allocations_async(|| refusing_async(7)), NONE, "the first calls pass");
        open("refusing_async");
        assert_eq!(allocations_async(|| refusing_async(7)), NONE);
    }
}

mod timeouts {
    use super::*;

    #[timeout("2s", mode = deadline)]
    fn in_time(id: u32) -> Reply {
        Ok(id)
    }

    #[timeout("2s")]
    async fn ready(id: u32) -> Reply {
        Ok(id)
    }

    #[timeout("2s")]
    async fn pending(id: u32) -> Reply {
        one_yield().await;
        Ok(id)
    }

    #[test]
    fn a_timeout_allocates_nothing_when_the_body_is_in_time() {
        assert_eq!(allocations(|| in_time(7)), NONE);
        assert_eq!(allocations_async(|| ready(7)), NONE);
        assert_eq!(allocations_async(|| pending(7)), NONE);
    }

    #[timeout("2s", mode = deadline)]
    fn late(clock: &clock::ManualClock) -> Reply {
        clock.advance(Duration::from_secs(3));
        Ok(7)
    }

    #[test]
    fn a_timeout_allocates_nothing_when_the_body_is_late() {
        let clock = clock::manual();
        assert!(late(&clock).is_err());
        assert_eq!(allocations(|| late(&clock)), NONE);
    }

    #[timeout("2s")]
    async fn hung() -> Reply {
        std::future::pending().await
    }

    #[test]
    fn a_timeout_allocates_nothing_when_the_body_hangs() {
        assert_eq!(allocations_async(hung), NONE);
    }
}

mod fallbacks {
    use super::*;
    functions!(
        #[fallback(value = 0)]
    );

    #[fallback(value = 0)]
    fn failing() -> Reply {
        Err(Error::rate_limited("shop", None))
    }

    #[fallback(value = 0)]
    async fn failing_async() -> Reply {
        one_yield().await;
        Err(Error::rate_limited("shop", None))
    }

    #[test]
    fn a_fallback_allocates_nothing() {
        assert_eq!(allocations(|| sync::call(7)), NONE);
        assert_eq!(allocations_async(|| ready::call(7)), NONE);
        assert_eq!(allocations_async(|| pending::call(7)), NONE);
    }

    #[test]
    fn a_fallback_allocates_nothing_when_it_answers() {
        assert_eq!(allocations(failing), NONE);
        assert_eq!(allocations_async(failing_async), NONE);
    }
}

mod stacks {
    use super::*;

    #[fallback(value = 0, when = |error| matches!(error, Error::Timeout(_)))]
    #[retry]
    #[circuit_breaker(name = "stack_sync", failure_rate = 0.5, window = 100)]
    #[timeout("2s", mode = deadline)]
    fn sync(id: u32) -> Reply {
        Ok(id)
    }

    #[fallback(value = 0, when = |error| matches!(error, Error::Timeout(_)))]
    #[retry]
    #[circuit_breaker(name = "stack_ready", failure_rate = 0.5, window = 100)]
    #[timeout("2s")]
    async fn ready(id: u32) -> Reply {
        Ok(id)
    }

    #[fallback(value = 0, when = |error| matches!(error, Error::Timeout(_)))]
    #[retry]
    #[circuit_breaker(name = "stack_pending", failure_rate = 0.5, window = 100)]
    #[timeout("2s")]
    async fn pending(id: u32) -> Reply {
        one_yield().await;
        Ok(id)
    }

    #[fallback(value = 0)]
    #[retry]
    #[circuit_breaker(name = "stack_answered", failure_rate = 0.5, window = 100)]
    #[timeout("2s")]
    async fn answered(id: u32) -> Reply {
        one_yield().await;
        Ok(id)
    }

    #[test]
    fn a_full_stack_allocates_nothing() {
        assert_eq!(allocations(|| sync(7)), NONE);
        assert_eq!(allocations_async(|| ready(7)), NONE);
        assert_eq!(allocations_async(|| pending(7)), NONE);
        assert_eq!(allocations_async(|| answered(7)), NONE);
        for name in ["stack_sync", "stack_ready", "stack_pending", "stack_answered"] {
            open(name);
        }
        assert!(sync(7).is_err());
        assert_eq!(allocations(|| sync(7)), NONE, "refused");
        assert_eq!(allocations_async(|| ready(7)), NONE, "refused");
        assert_eq!(allocations_async(|| pending(7)), NONE, "refused");
        assert_eq!(allocations_async(|| answered(7)), NONE, "refused, and the fallback answers");
    }
}

mod pipelines {
    use super::*;

    #[test]
    fn a_pipeline_allocates_nothing() {
        let breaker = CircuitBreaker::builder("pipeline").failure_threshold(10_000).build().unwrap();
        // Its window is as large as it gets.
        (0..200).for_each(|_| breaker.try_acquire().unwrap().failure());
        let pipeline = Pipeline::new()
            .layer(Fallback::new("pipeline").with(|_| Ok(0)))
            .layer(Retry::builder("pipeline").base_delay(Duration::from_millis(1)).build().unwrap())
            .layer(breaker.clone())
            .layer(Timeout::builder("pipeline").duration(Duration::from_secs(2)).build().unwrap());
        let fails = || Reply::Err(Error::rate_limited("shop", None));
        let pending = async |reply: Reply| {
            one_yield().await;
            reply
        };
        assert_eq!(allocations(|| pipeline.call(|| Reply::Ok(7))), NONE);
        assert_eq!(allocations_async(|| pipeline.call_async(|| pending(Ok(7)))), NONE);
        assert_eq!(
            allocations_async(|| pipeline.call_async(|| pending(fails()))),
            NONE,
            "three attempts, and an answer"
        );
        assert_eq!(allocations_async(|| pipeline.call_async(std::future::pending::<Reply>)), NONE, "limited");
        breaker.force_open();
        assert_eq!(allocations(|| pipeline.call(|| Reply::Ok(7))), NONE, "refused, and answered");
        assert_eq!(allocations_async(|| pipeline.call_async(|| pending(Ok(7)))), NONE, "refused, and answered");
    }
}
