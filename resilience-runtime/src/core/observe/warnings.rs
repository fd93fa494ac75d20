//! What the log is told, for tests.

use std::fmt::Debug;
use std::sync::LazyLock;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};

use crate::core::sync::{Arc, Mutex};

/// Runs `run` under a log subscriber of this thread.
///
/// As long as there is only one, tracing asks the thread that logs at some place for the first time whether anybody
/// listens there: another test's, which has none, would answer for all. So there are always two.
pub(crate) fn listening<T>(subscriber: impl Subscriber + Send + Sync, run: impl FnOnce() -> T) -> T {
    static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::default()));
    LazyLock::force(&SECOND);
    tracing::subscriber::with_default(subscriber, run)
}

/// The text of every WARN that `run` leads to on this thread.
pub(crate) fn warnings(run: impl FnOnce()) -> Vec<String> {
    let log = Log::default();
    listening(log.clone(), run);
    log.0.lock().clone()
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "resilience" && *metadata.level() == Level::WARN
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().push(text.0);
    }

    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push_str(&format!("{field}={value:?} "));
    }
}
