//! Drives a stack of attributes and its pipeline through the same calls, and writes down what comes of each.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::time::Duration;

use resilience::{
    CircuitBreaker, CircuitBreakerBuilder, Event, EventKind, Events, Fallback, Jitter, Registry, Retry, RetryBuilder,
    Timeout, clock, registry, rng,
};
use serde::Serialize;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use crate::support::*;

pub(super) type Awaited<'a> = Pin<Box<dyn Future<Output = Reply> + Send + 'a>>;

/// A pipeline whose type no longer matters.
pub(super) struct Twin {
    pub(super) blocking: Box<dyn Fn(&Script) -> Reply>,
    pub(super) awaited: Box<dyn for<'a> Fn(&'a Script) -> Awaited<'a>>,
}

macro_rules! twin {
    ($pipeline:expr) => {{
        let pipeline = std::sync::Arc::new($pipeline);
        let same = std::sync::Arc::clone(&pipeline);
        Twin {
            blocking: Box::new(move |script| pipeline.call(|| script.play())),
            awaited: Box::new(move |script| {
                let pipeline = std::sync::Arc::clone(&same);
                Box::pin(async move { pipeline.call_async(|| script.play_async()).await })
            }),
        }
    }};
}
pub(super) use twin;

/// The policies of one stack, in a registry that tells what they do.
pub(super) struct Policies {
    name: &'static str,
    registry: Registry,
}

impl Policies {
    pub(super) fn retry(&self) -> Retry {
        self.retry_with(|retry| retry)
    }

    pub(super) fn retry_with(&self, options: impl FnOnce(RetryBuilder) -> RetryBuilder) -> Retry {
        let builder = Retry::builder(self.name).max_attempts(3).base_delay(secs(1)).jitter(Jitter::None);
        self.registry.register(options(builder).build().unwrap())
    }

    pub(super) fn breaker(&self) -> CircuitBreaker {
        self.breaker_with(|breaker| breaker)
    }

    pub(super) fn breaker_with(
        &self,
        options: impl FnOnce(CircuitBreakerBuilder) -> CircuitBreakerBuilder,
    ) -> CircuitBreaker {
        let builder = CircuitBreaker::builder(self.name).failure_threshold(2).recovery_timeout(secs(30));
        self.registry.register(options(builder).build().unwrap())
    }

    pub(super) fn timeout(&self) -> Timeout {
        self.registry.register(Timeout::builder(self.name).duration(secs(2)).build().unwrap())
    }

    pub(super) fn fallback(&self) -> Fallback {
        self.registry.register(Fallback::new(self.name))
    }

    /// What each of them has counted, times of day and words left out.
    fn counts(&self) -> Vec<Value> {
        fn read(stats: &impl Serialize) -> Value {
            let mut stats = serde_json::to_value(stats).unwrap();
            let fields = stats.as_object_mut().unwrap();
            fields.retain(|field, _| !["opened_at", "last_failure_time", "last_error"].contains(&field.as_str()));
            stats
        }
        let Self { name, registry } = self;
        let breaker = registry.circuit_breaker(name).map(|policy| read(&policy.stats()));
        let retry = registry.retry(name).map(|policy| read(&policy.stats()));
        let timeout = registry.timeout(name).map(|policy| read(&policy.stats()));
        let fallback = registry.fallback(name).map(|policy| read(&policy.stats()));
        [breaker, retry, timeout, fallback].into_iter().flatten().collect()
    }
}

/// One call, or what happens between two.
enum Act {
    Call(Vec<Step>),
    /// Under a limit of an annotated caller.
    Within(Duration, Step),
    /// By a caller who leaves after this time.
    Dropped(Duration, Step),
    Open,
    Close,
    Wait(Duration),
}

fn acts() -> Vec<Act> {
    use Act::*;
    let call = |step: Step| Call(vec![step]);
    vec![
        call(ok(1)),
        call(fail(500)),
        Close,
        Call(vec![fail(500), ok(2)]),
        call(fail(404)),
        call(fail(404)),
        // Open by now, where it counts calls or attempts; and half-open after a while.
        call(ok(3)),
        Wait(secs(60)),
        call(fail(404)),
        Wait(secs(60)),
        call(ok(4)),
        Open,
        call(ok(5)),
        Close,
        call(ok(6).after(secs(9))),
        Close,
        call(fail(500).after(secs(3))),
        Close,
        call(ok(7).after(secs(1))),
        call(panics("boom")),
        Close,
        call(panics("late").after(secs(3))),
        Close,
        Within(secs(3), ok(8)),
        Within(secs(3), ok(9).after(secs(9))),
        Close,
        Within(millis(1500), fail(500).after(secs(1))),
        Close,
        Dropped(millis(500), ok(10).after(secs(9))),
        // The second attempt, or the pause before it.
        Dropped(millis(500), fail(500)),
        Close,
        Dropped(millis(2500), ok(11).after(secs(9))),
        Close,
        Dropped(secs(20), ok(12).after(secs(9))),
        Close,
        call(fail(500)),
        Dropped(millis(500), ok(13).after(secs(9))),
        Wait(secs(60)),
        // A probe that its caller drops frees its place.
        Dropped(millis(500), ok(14).after(secs(9))),
        call(ok(15)),
    ]
}

enum World<'a> {
    Sync(&'a dyn Fn(&Script) -> Reply),
    Async(&'a dyn for<'b> Fn(&'b Script) -> Awaited<'b>, &'a Runtime),
}

impl World<'_> {
    fn play(&self, policies: &Policies) -> Vec<String> {
        // Jitter is on top of what an open circuit asks for, whatever is said of delays.
        rng::seed(7);
        let mut events = policies.registry.subscribe();
        let mut lines = Vec::new();
        for (index, act) in acts().into_iter().enumerate() {
            let began = clock::now();
            let reply = catch_unwind(AssertUnwindSafe(|| self.act(act, policies)))
                .unwrap_or_else(|panic| Some(format!("panic: {}", message(&*panic))));
            let took = clock::now().since(began);
            let told = told(&mut events, policies.name);
            let reply = reply.map(wordless);
            lines.push(format!("{index}: {reply:?} in {took:?}; told {told:?}; counts {:?}", policies.counts()));
        }
        lines
    }

    fn act(&self, act: Act, policies: &Policies) -> Option<String> {
        let breaker = policies.registry.circuit_breaker(policies.name);
        match act {
            Act::Call(steps) => {
                let script = Script::new(steps);
                let reply = match self {
                    World::Sync(call) => call(&script),
                    World::Async(call, runtime) => runtime.block_on(call(&script)),
                };
                return Some(format!("{reply:?} after {:?}", script.starts()));
            }
            Act::Within(limit, step) => {
                let (script, outer) = (Script::new([step]), Timeout::builder("outer").duration(limit).build().unwrap());
                let reply = match self {
                    World::Sync(call) => outer.call(|| call(&script)),
                    World::Async(call, runtime) => runtime.block_on(outer.call_async(|| call(&script))),
                };
                return Some(format!("{reply:?} after {:?}", script.starts()));
            }
            Act::Dropped(after, step) => {
                let World::Async(call, runtime) = self else { return None };
                let script = Script::new([step]);
                let reply = runtime.block_on(async { tokio::time::timeout(after, call(&script)).await });
                return Some(format!("{reply:?} after {:?}", script.starts()));
            }
            Act::Open => breaker.iter().for_each(CircuitBreaker::force_open),
            Act::Close => breaker.iter().for_each(CircuitBreaker::force_closed),
            Act::Wait(by) => match self {
                World::Sync(_) => pass(by),
                World::Async(_, runtime) => runtime.block_on(tokio::time::advance(by)),
            },
        }
        None
    }
}

/// Leaves out the words of the error that opened a circuit: a pipeline has none for an error of the body, whose type need
/// not be printable.
fn wordless(text: String) -> String {
    const WORDS: &str = "last_error: Some(\"";
    let mut parts = text.split(WORDS);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| kept + WORDS + &part[part.find("\")").unwrap()..])
}

/// What the policies of one name have told, but for the words of an error.
fn told(events: &mut Events, name: &str) -> Vec<String> {
    let words = |event: Event| match event.kind() {
        EventKind::Retried { attempt, delay, .. } => format!("{:?} {attempt} {delay:?}", event.policy()),
        kind => wordless(format!("{:?} {kind:?}", event.policy())),
    };
    std::iter::from_fn(|| events.try_recv().ok()).filter(|event| event.name() == name).map(words).collect()
}

fn assert_same(what: &str, attributes: &[String], pipeline: &[String]) {
    for (attribute, pipeline) in attributes.iter().zip(pipeline) {
        assert_eq!(attribute, pipeline, "{what}: as an attribute, and in a pipeline");
    }
    assert_eq!(attributes.len(), pipeline.len());
}

/// Plays the same calls through the attributes and through the pipeline, sync and async.
pub(super) fn compare(
    names: [&'static str; 2],
    blocking: fn(&Script) -> Reply,
    awaited: for<'a> fn(&'a Script) -> Awaited<'a>,
    make: fn(&Policies) -> Twin,
) {
    let ours = |name| Policies { name, registry: registry() };
    let own = |name| {
        let policies = Policies { name, registry: Registry::new() };
        let twin = make(&policies);
        (policies, twin)
    };
    let in_sync = |call: &dyn Fn(&Script) -> Reply, policies: &Policies| {
        let _clock = stopped();
        World::Sync(call).play(policies)
    };
    let (policies, twin) = own(names[0]);
    assert_same("sync", &in_sync(&blocking, &ours(names[0])), &in_sync(&twin.blocking, &policies));

    let in_task = |call: &dyn for<'a> Fn(&'a Script) -> Awaited<'a>, policies: &Policies| {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let _entered = runtime.enter();
        World::Async(call, &runtime).play(policies)
    };
    let (policies, twin) = own(names[1]);
    assert_same("async", &in_task(&awaited, &ours(names[1])), &in_task(&twin.awaited, &policies));
}
