//! What the log says, and that a worker logs where its caller does.

use std::cell::RefCell;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Span, Subscriber};
use tracing_core::span::Current;

use super::call::on_worker_of;
use super::pool::Pool;
use super::*;
use crate::core::observe::warnings::listening;
use crate::core::sync::{Arc, Mutex};

thread_local! {
    static ENTERED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// Keeps the lines of a test and the spans it is in.
#[derive(Clone, Default)]
struct Log(Arc<Kept>);

#[derive(Default)]
struct Kept {
    lines: Mutex<Vec<String>>,
    spans: Mutex<Vec<&'static Metadata<'static>>>,
}

struct Line(String);

impl tracing::field::Visit for Line {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut spans = self.0.spans.lock();
        spans.push(span.metadata());
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lines.lock().push(line.0);
    }

    fn enter(&self, span: &Id) {
        ENTERED.with_borrow_mut(|entered| entered.push(span.into_u64()));
    }

    fn exit(&self, _: &Id) {
        ENTERED.with_borrow_mut(|entered| entered.pop());
    }

    fn current_span(&self) -> Current {
        let Some(id) = ENTERED.with_borrow(|entered| entered.last().copied()) else {
            return Current::none();
        };
        Current::new(Id::from_u64(id), self.0.spans.lock()[id as usize - 1])
    }
}

impl Log {
    fn lines(&self, part: &str) -> Vec<String> {
        self.0.lines.lock().iter().filter(|line| line.contains(part)).cloned().collect()
    }
}

fn logged(test: impl FnOnce()) -> Log {
    let log = Log::default();
    listening(log.clone(), test);
    log
}

#[test]
fn a_limit_of_zero_warns_once_per_timeout() {
    let log = logged(|| {
        let timeout = Timeout::named("zero_limit");
        for _ in 0..3 {
            let _ = within(&timeout, Duration::ZERO, || Some(()));
        }
    });
    let lines = log.lines("zero_limit");
    let warnings: Vec<_> = lines.iter().filter(|line| line.contains("taken as 1 ms")).collect();
    assert_eq!(warnings.len(), 1, "{lines:?}");
    assert!(warnings[0].starts_with(Level::WARN.as_str()));
}

#[test]
fn a_worker_is_in_the_span_of_its_caller() {
    logged(|| {
        let span = tracing::info_span!("request");
        let name = span.in_scope(|| on_worker(&timeout(), AMPLE, || Span::current().metadata().map(Metadata::name)));
        assert_eq!(name, Ok(Some("request")));
        assert!(ENTERED.with_borrow(Vec::is_empty));
    });
}

#[test]
fn a_worker_logs_where_its_caller_does() {
    let log = logged(|| {
        on_worker(&timeout(), AMPLE, || tracing::info!("from the worker")).unwrap();
    });
    assert_eq!(log.lines("from the worker").len(), 1);
}

#[test]
fn the_panic_of_an_abandoned_body_is_logged() {
    let log = logged(|| {
        let timeout = Timeout::named("abandoned_panic");
        let (release, hanging) = mpsc::channel::<()>();
        let result = on_worker(&timeout, 5 * MS, move || {
            let _ = hanging.recv();
            panic!("boom {}", 7);
        });
        let result: Result<(), Error> = result;
        assert!(is_timeout(&result));
        drop(release);
        eventually("the body ends", || timeout.stats().abandoned == 0);
    });
    let lines = log.lines("abandoned_panic");
    let error = lines.iter().find(|line| line.starts_with(Level::ERROR.as_str()));
    assert!(error.is_some_and(|line| line.contains("boom 7")), "{lines:?}");
}

#[test]
fn the_panic_of_a_body_whose_caller_waits_is_not_logged_twice() {
    let log = logged(|| {
        let timeout = Timeout::named("passed_on_panic");
        let _ = catch_unwind(AssertUnwindSafe(|| on_worker(&timeout, AMPLE, || panic!("boom"))));
    });
    assert!(log.lines("passed_on_panic").is_empty());
}

/// A subscriber that fails where a worker is to enter the span of its caller, or to leave it.
enum Failing {
    Entering,
    Leaving,
}

/// Panics where it is dropped.
struct Payload;

impl Drop for Payload {
    fn drop(&mut self) {
        panic!("a payload of somebody else");
    }
}

fn is_caller() -> bool {
    std::thread::current().name() == Some(CALLER)
}

impl Subscriber for Failing {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {
        assert!(matches!(self, Self::Leaving) || is_caller(), "no span on a worker");
    }

    fn exit(&self, _: &Id) {
        if matches!(self, Self::Leaving) && !is_caller() {
            std::panic::panic_any(Payload);
        }
    }

    fn current_span(&self) -> Current {
        Current::new(Id::from_u64(1), META)
    }
}

const CALLER: &str = "caller";

static META: &Metadata<'static> = {
    static CALLSITE: Site = Site;
    static META: Metadata<'static> = Metadata::new(
        "request",
        "test",
        Level::INFO,
        None,
        None,
        None,
        tracing::field::FieldSet::new(&[], tracing_core::identify_callsite!(&CALLSITE)),
        tracing_core::Kind::SPAN,
    );
    &META
};

struct Site;

impl tracing_core::Callsite for Site {
    fn set_interest(&self, _: tracing_core::Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        META
    }
}

#[test]
fn a_subscriber_that_panics_on_the_worker_does_not_keep_the_caller_waiting() {
    let timeout = Timeout::named("failing_subscriber");
    let pool: &'static Pool = Box::leak(Box::new(Pool::new(1, Duration::ZERO)));
    let caller = std::thread::Builder::new().name(CALLER.into());
    let limited = timeout.clone();
    let caller = caller.spawn(move || {
        listening(Failing::Entering, || {
            tracing::info_span!("request").in_scope(|| on_worker_of(pool, &limited, AMPLE, || ()))
        })
    });
    let result = caller.unwrap().join();
    assert!(result.is_err(), "the panic is passed on, as if the body ran in place");
    eventually("the worker is free", || pool.stats().busy == 0);
    assert_eq!((timeout.stats().completed, timeout.stats().abandoned, pool.stats().abandoned), (1, 0, 0));
}

#[test]
fn a_worker_outlives_what_a_subscriber_panics_with() {
    let pool: &'static Pool = Box::leak(Box::new(Pool::new(1, AMPLE)));
    let caller = std::thread::Builder::new().name(CALLER.into());
    let caller = caller.spawn(move || {
        let timeout = Timeout::named("leaving_subscriber");
        let in_span = || tracing::info_span!("request").in_scope(|| on_worker_of(pool, &timeout, AMPLE, || ()));
        let first = listening(Failing::Leaving, in_span);
        eventually("the worker is free", || pool.stats().busy == 0);
        // Handed to the same worker.
        let second = on_worker_of(pool, &timeout, Duration::from_secs(5), || ());
        (first.is_ok(), second.is_ok(), pool.stats().threads)
    });
    assert_eq!(caller.unwrap().join().unwrap(), (true, true, 1));
}
